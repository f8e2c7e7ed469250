// Data structures: an array of rings, each one cache line with 31 ghosts. A ghost is 12 bits of a
// key's hash and 4 bits of frequency.
// Invariant: the upper half of a key's hash chooses its ring, and `next` is the position of the
// ring's oldest ghost, which the next insert overwrites.
// Invariant: a ghost of value 0 is empty; no key has it, since frequencies begin at 1.
// The shard's lock guards the set.

#include "store/eviction/ghost_set.hpp"

#include <new>

namespace cocached::store {
namespace {

// The fingerprint takes bits 20 to 31 of the hash. The upper half chooses the bucket and the lowest
// bits choose the shard, so neither would tell keys of one bucket apart.
std::uint16_t fingerprint(std::uint64_t hash) noexcept {
  return static_cast<std::uint16_t>((hash >> 16) & 0xfff0);
}

constexpr unsigned kFrequencyMask = 0xf;

}  // namespace

std::size_t GhostSet::bytes_of(std::size_t capacity) noexcept {
  return Mapping::round_to_pages((capacity + kRing - 1) / kRing * sizeof(Ring));
}

void GhostSet::resize(std::size_t wanted) {
  const std::size_t size = bytes_of(wanted);
  const bool is_near = size <= bytes() + bytes() / 4 && size >= bytes() - bytes() / 4;
  if (is_near) return;
  memory_ = size == 0 ? Mapping() : Mapping(size);
  data_ = std::launder(reinterpret_cast<Ring*>(memory_.data()));
  buckets_ = size / sizeof(Ring);
}

GhostSet::Ring& GhostSet::bucket_of(std::uint64_t hash) noexcept {
  return data_[((hash >> 32) * buckets_) >> 32];
}

void GhostSet::insert(std::uint64_t hash, unsigned frequency) noexcept {
  if (buckets_ == 0) return;
  Ring& bucket = bucket_of(hash);
  bucket.ghosts[bucket.next] = static_cast<std::uint16_t>(fingerprint(hash) | frequency);
  bucket.next = static_cast<std::uint16_t>((bucket.next + 1) % kRing);
}

GhostSet::Ghost GhostSet::take(std::uint64_t hash) noexcept {
  if (buckets_ == 0) return {};
  Ring& bucket = bucket_of(hash);
  const unsigned wanted = fingerprint(hash);
  for (std::size_t i = 0; i < kRing; ++i) {
    const unsigned ghost = bucket.ghosts[i];
    if (ghost == 0 || (ghost & ~kFrequencyMask) != wanted) continue;
    bucket.ghosts[i] = 0;
    const std::size_t age = (bucket.next + kRing - 1 - i) % kRing;
    return {.frequency = ghost & kFrequencyMask,
            .age = static_cast<float>(age) / static_cast<float>(kRing)};
  }
  return {};
}

}  // namespace cocached::store
