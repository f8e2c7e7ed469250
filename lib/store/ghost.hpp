#pragma once

#include "store/mapping.hpp"

#include <cstddef>
#include <cstdint>

namespace cocached::store {

/// Remembers keys that were evicted lately, by fingerprints of 16 bits: 2 bytes a key.
///
/// Buckets of one cache line, each a ring of 31 fingerprints; the newest takes the oldest's room.
/// So it remembers about as many keys as it has capacity, the youngest ones. A key it never saw is
/// taken for a remembered one with a probability below 31 / 65536.
///
/// Not thread-safe: the shard's lock guards it.
class GhostSet {
 public:
  /// Throws std::bad_alloc.
  explicit GhostSet(std::size_t capacity = 0);

  void insert(std::uint64_t hash) noexcept;

  /// Was it remembered? Forgets it, if so.
  bool take(std::uint64_t hash) noexcept;

  /// Makes room for `capacity` keys; small changes are ignored. May forget. Throws std::bad_alloc.
  void resize(std::size_t capacity);

  std::size_t capacity() const noexcept;  ///< keys
  std::size_t bytes() const noexcept;     ///< of memory
};

}  // namespace cocached::store
