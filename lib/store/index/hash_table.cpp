// An ordered, bounded linear-probing table of buckets with eight slots each.
//
// Data structures: an array of buckets, each one cache line. A slot holds 24 bits of the hash
// prefix, an access count and a place. The home of an entry is the bucket that its prefix falls
// into.
//
// Invariant: entries are ordered by prefix, across and within buckets; empty slots of a bucket come
// last.
// Invariant: an entry is at home or at most max_displacement_ buckets after it, and all buckets
// between are full. A search ends at the first bucket that is not full.
// Invariant: the last bucket is empty and ends every walk.
//
// The shard's lock guards the table; prefetches read only its address and size.

#include "store/index/hash_table.hpp"

#include <algorithm>
#include <functional>

namespace cocached::store {
namespace {

// Prefixes of one tag are 2^24 apart: 1/64 of all. The prefixes that a bucket may hold are those
// of max_displacement + 1 homes, which must be fewer; one home more for rounding. 31 is far past
// what uniform hashes need (at a load of 0.9 about one entry in e^50 is as far from home).
constexpr std::uint32_t max_displacement(std::uint32_t buckets) noexcept {
  return std::min(buckets / 64 - 2, std::uint32_t{31});
}

// Spare buckets take what the last homes cannot, and the last one stays empty: it ends every walk.
constexpr std::size_t buckets_with_spare(std::uint32_t buckets) noexcept {
  return std::size_t{buckets} + max_displacement(buckets) + 1;
}

// Bytes of a table from which on it is made of huge pages: its random reads then miss the cache of
// address translations less (in a virtual machine, at 300 MB, a find takes 0.6 of the time). In a
// resize it costs up to two huge pages, so it must not be small.
constexpr std::size_t kHugeTable = 4 * Mapping::kHugePage;

constexpr std::size_t round_up(std::size_t size, std::size_t unit) noexcept {
  return (size + unit - 1) / unit * unit;
}

Mapping map(std::uint32_t buckets) {
  const std::size_t size = HashTable::bytes_of(buckets);
  return size < kHugeTable ? Mapping(size) : Mapping::of_huge_pages(size);
}

// Puts `word` at `position`, moves the ones after it up, and returns the one that fell out.
std::uint64_t push_into(IndexBucket& bucket, std::size_t position, std::uint64_t word) noexcept {
  const auto at = bucket.words.begin() + static_cast<std::ptrdiff_t>(position);
  const std::uint64_t pushed_out = bucket.words.back();
  std::copy_backward(at, bucket.words.end() - 1, bucket.words.end());
  *at = word;
  return pushed_out;
}

// Takes the word at `position` out and moves the ones after it down.
void pull_out(IndexBucket& bucket, std::size_t position) noexcept {
  const auto at = bucket.words.begin() + static_cast<std::ptrdiff_t>(position);
  std::copy(at + 1, bucket.words.end(), at);
  bucket.words.back() = slot_word::kEmpty;
}

}  // namespace

HashTable::HashTable(std::uint32_t buckets)
    : memory_(map(buckets)),
      data_(std::launder(reinterpret_cast<IndexBucket*>(memory_.data()))),
      buckets_(buckets),
      max_displacement_(store::max_displacement(buckets)),
      prefixes_per_bucket_(((std::uint64_t{1} << (kPrefixBits + 32)) + buckets - 1) / buckets),
      release_grain_(round_up(memory_.size() / 128, page_of(buckets))) {}

std::size_t HashTable::bytes_of(std::uint32_t buckets) noexcept {
  return Mapping::round_to_pages(buckets_with_spare(buckets) * sizeof(IndexBucket));
}

std::size_t HashTable::page_of(std::uint32_t buckets) noexcept {
  return bytes_of(buckets) < kHugeTable ? Mapping::page_size() : Mapping::kHugePage;
}

std::size_t HashTable::bytes_below(std::uint32_t end) const noexcept {
  if (end == 0) return 0;
  const std::size_t used = home(end - 1) + max_displacement_ + 1;
  return std::min(memory_.size(), round_up(used * sizeof(IndexBucket), page_of(buckets_)));
}

// Whether the entry at the end of bucket `at` may go to the next one, and so on, up to a bucket
// that has room.
bool HashTable::can_make_room(std::uint32_t at) const noexcept {
  for (; data_[at].full(); ++at)
    if (at + 1 - home(prefix_at(at, data_[at].words.back())) > max_displacement_) return false;
  return true;
}

bool HashTable::insert(std::uint32_t prefix, std::uint64_t word) noexcept {
  const auto is_later = [&](std::uint32_t at, std::uint64_t other) {
    return other == slot_word::kEmpty || prefix_at(at, other) > prefix;
  };
  std::uint32_t at = home(prefix);
  while (!is_later(at, data_[at].words.back())) ++at;
  if (at - home(prefix) > max_displacement_ || !can_make_room(at)) return false;

  std::size_t position = 0;
  while (!is_later(at, data_[at].words[position])) ++position;
  word = slot_word::with_tag(word, prefix & kTagMask);
  word = push_into(data_[at], position, word);
  while (word != slot_word::kEmpty) word = push_into(data_[++at], 0, word);
  return true;
}

HashTable::Appender::Appender(HashTable& table, std::uint32_t first_prefix) noexcept
    : table_(table), at_(table.home(first_prefix)) {
  while (table_.data_[at_].full()) ++at_;
  const auto& words = table_.data_[at_].words;
  used_ = static_cast<std::size_t>(std::find(words.begin(), words.end(), slot_word::kEmpty) -
                                   words.begin());
}

bool HashTable::Appender::insert(std::uint32_t prefix, std::uint64_t word) noexcept {
  const std::uint32_t home = table_.home(prefix);
  const std::uint32_t at = std::max(home, used_ == kBucketSlots ? at_ + 1 : at_);
  if (at - home > table_.max_displacement_) return false;
  used_ = at == at_ ? used_ : 0;
  at_ = at;
  table_.data_[at_].words[used_++] = slot_word::with_tag(word, prefix & kTagMask);
  return true;
}

void HashTable::erase(Slot slot) noexcept {
  auto index = static_cast<std::size_t>(slot.word() - data_->words.data());
  auto at = static_cast<std::uint32_t>(index / kBucketSlots);
  std::size_t position = index % kBucketSlots;
  for (;; ++at, position = 0) {
    const bool was_full = data_[at].full();
    pull_out(data_[at], position);
    if (!was_full) return;
    // The hole is filled by the next entry, if that is away from home; then there is a new hole.
    const std::uint64_t next = data_[at + 1].words.front();
    if (next == slot_word::kEmpty || home(prefix_at(at + 1, next)) > at) return;
    data_[at].words.back() = next;
  }
}

bool HashTable::owns(Slot slot) const noexcept {
  const auto* const address = reinterpret_cast<const std::byte*>(slot.word());
  return std::less_equal<>()(memory_.data(), address) &&
         std::less<>()(address, memory_.data() + memory_.size());
}

void HashTable::release_before(std::uint32_t bucket) noexcept {
  const std::size_t unused = bucket * sizeof(IndexBucket) / release_grain_ * release_grain_;
  if (unused <= released_) return;
  memory_.release(released_, unused - released_);
  released_ = unused;
}

}  // namespace cocached::store
