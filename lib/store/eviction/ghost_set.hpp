#pragma once

#include "store/memory/mapping.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace cocached::store {

/// Remembers keys that were evicted lately, and how often they had been used: 2 bytes a key, a
/// fingerprint of 12 bits and a frequency of 4.
///
/// Rings of one cache line, each of 31 fingerprints in which the newest takes the
/// oldest's room. So it remembers about as many keys as it has capacity, the youngest ones. A key
/// it never saw is taken for a remembered one with a probability of up to 31 in 4096.
///
/// Not thread-safe: the shard's lock guards it.
class GhostSet {
 public:
  /// Throws std::bad_alloc.
  explicit GhostSet(std::size_t capacity = 0) { resize(capacity); }

  /// `frequency` is 1 to 15.
  void insert(std::uint64_t hash, unsigned frequency) noexcept;

  /// The memory of one evicted key.
  struct Ghost {
    unsigned frequency = 0;  ///< 0: it isn't remembered
    float age = 0;           ///< 0 to 1: which share of the remembered ones is younger
  };

  /// Tells what is known of a key, and forgets it.
  Ghost take(std::uint64_t hash) noexcept;

  /// Makes room for `capacity` keys, and forgets all. Does nothing where the capacity is within a
  /// quarter of this already. Throws std::bad_alloc.
  void resize(std::size_t capacity);

  std::size_t capacity() const noexcept { return buckets_ * kRing; }  ///< keys
  std::size_t bytes() const noexcept { return memory_.size(); }

  /// `bytes` of a set made with this capacity.
  static std::size_t bytes_of(std::size_t capacity) noexcept;

 private:
  static constexpr std::size_t kRing = 31;

  struct alignas(64) Ring {
    std::array<std::uint16_t, kRing>
        ghosts;          ///< fingerprint << 4 | frequency; 0 where there is none
    std::uint16_t next;  ///< the oldest one
  };

  Ring& bucket_of(std::uint64_t hash) noexcept;

  Mapping memory_;
  Ring* data_ = nullptr;  ///< in memory_
  std::size_t buckets_ = 0;
};

}  // namespace cocached::store
