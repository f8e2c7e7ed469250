#pragma once

#include "store/mapping.hpp"
#include "store/slot.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>

namespace cocached::store {

inline constexpr unsigned kPrefixBits = 30;
inline constexpr std::size_t kBucketSlots = 8;

/// One cache line of slots; the empty ones come last.
struct alignas(64) Bucket {
  std::array<std::uint64_t, kBucketSlots> words;

  bool full() const noexcept { return words.back() != slot_word::kEmpty; }
};

/// A hash table of fixed size: an index is one of these, or two while it is being resized.
///
/// An entry is known by its *prefix*, 30 bits of its key's hash. Its home is bucket
/// `prefix * buckets >> 30`, so the order of buckets is the order of prefixes; when its home is
/// full, it lies in a bucket after it. The whole table is one sequence sorted by prefix, with gaps:
///
///     bucket      h             h+1             h+2
///            |a b c d e f g h|i j k l m n o p|q r s - - - - -|
///                          ^ prefixes never fall from left to right; i, j may have h as home
///
/// An entry's slot holds only 24 bits of its prefix. The others follow from its bucket, since no
/// entry is more than `max_displacement` buckets away from home.
class Table {
 public:
  Table() = default;

  /// A table of `buckets` empty buckets. Throws std::bad_alloc.
  explicit Table(std::uint32_t buckets);

  std::uint32_t buckets() const noexcept { return buckets_; }
  std::uint32_t max_displacement() const noexcept { return max_displacement_; }

  std::uint32_t home(std::uint32_t prefix) const noexcept {
    return static_cast<std::uint32_t>((std::uint64_t{prefix} * buckets_) >> kPrefixBits);
  }

  Bucket* base() const noexcept { return std::launder(reinterpret_cast<Bucket*>(memory_.data())); }

 private:
  Mapping memory_;
  std::uint32_t buckets_ = 0;
  std::uint32_t max_displacement_ = 0;
};

}  // namespace cocached::store
