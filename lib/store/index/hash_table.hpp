#pragma once

#include "store/index/slot.hpp"
#include "store/memory/mapping.hpp"

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <new>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace cocached::store {

/// The bits of a key's hash by which an index knows an entry. The upper ones: a shard is chosen by
/// lower ones.
inline constexpr unsigned kPrefixBits = 30;
inline constexpr std::uint32_t kPrefixEnd = std::uint32_t{1} << kPrefixBits;

constexpr std::uint32_t prefix_of(std::uint64_t hash) noexcept {
  return static_cast<std::uint32_t>(hash >> (64 - kPrefixBits));
}

inline constexpr std::size_t kBucketSlots = 8;

/// One cache line of slots; the empty ones come last.
struct alignas(64) IndexBucket {
  std::array<std::uint64_t, kBucketSlots> words;

  bool full() const noexcept { return words.back() != slot_word::kEmpty; }

  /// Bit i is set where slot i has this tag. For tag 0 empty slots are among them.
  unsigned equal_tags(std::uint32_t tag) const noexcept {
#ifdef __SSE2__
    // A tag stands in the upper half of its word: four of these at a time.
    static_assert(slot_word::kTagBits == 24 && kBucketSlots == 8);
    const __m128i wanted = _mm_set1_epi32(static_cast<int>(tag << 8));
    const auto compare = [&](unsigned from) {
      const __m128 low = _mm_load_ps(reinterpret_cast<const float*>(&words[from]));
      const __m128 high = _mm_load_ps(reinterpret_cast<const float*>(&words[from + 2]));
      const __m128i halves = _mm_castps_si128(_mm_shuffle_ps(low, high, _MM_SHUFFLE(3, 1, 3, 1)));
      return _mm_cmpeq_epi32(_mm_and_si128(halves, _mm_set1_epi32(~0xff)), wanted);
    };
    const __m128i equal = _mm_packs_epi32(compare(0), compare(4));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_packs_epi16(equal, equal))) & 0xff;
#else
    unsigned equal = 0;
    for (unsigned i = 0; i < kBucketSlots; ++i)
      equal |= static_cast<unsigned>(slot_word::tag(words[i]) == tag) << i;
    return equal;
#endif
  }
};

/// A hash table of fixed size: an index is one of these, or two while it is being resized.
///
/// The home of an entry is bucket `prefix * buckets / 2^30`, so the order of buckets is the order
/// of prefixes; when its home is full, it lies in a bucket after it. The whole table is one
/// sequence sorted by prefix, with gaps:
///
///     bucket         h               h+1              h+2
///            |a b c d e f g h|i j k l m n o p|q r s - - - - -|
///
///     prefixes never fall from left to right; i and j may have h as their home
///
/// So a miss ends at the first bucket that has room or a greater prefix, and no entry is far from
/// home even in a crowd, since all share the way.
///
/// A slot holds the lower 24 bits of its entry's prefix. The others follow from the bucket: of the
/// prefixes with these lower bits, only one has its home at most `max_displacement` before it.
class HashTable {
 public:
  HashTable() = default;

  /// `buckets` empty buckets, kMinBuckets to kMaxBuckets. Throws std::bad_alloc.
  explicit HashTable(std::uint32_t buckets);

  static constexpr std::uint32_t kMinBuckets = 1024;
  static constexpr std::uint32_t kMaxBuckets = std::uint32_t{1} << 26;

  std::uint32_t buckets() const noexcept { return buckets_; }  ///< homes, without the spare ones
  std::uint32_t max_displacement() const noexcept { return max_displacement_; }
  const IndexBucket* data() const noexcept { return data_; }

  std::uint32_t home(std::uint32_t prefix) const noexcept {
    return static_cast<std::uint32_t>((std::uint64_t{prefix} * buckets_) >> kPrefixBits);
  }

  /// The least prefix whose home is `bucket`; kPrefixEnd past the last one.
  std::uint32_t first_prefix(std::uint32_t bucket) const noexcept {
    return static_cast<std::uint32_t>(((std::uint64_t{bucket} << kPrefixBits) + buckets_ - 1) /
                                      buckets_);
  }

  /// The first entry of this prefix of which `matches(Place)` is true.
  template <std::predicate<Place> Matches>
  Slot find(std::uint32_t prefix, Matches&& matches) const {
    for (std::uint32_t at = home(prefix);; ++at) {
      IndexBucket& bucket = data_[at];
      for (unsigned equal = bucket.equal_tags(prefix & kTagMask); equal != 0; equal &= equal - 1) {
        std::uint64_t& word = bucket.words[static_cast<unsigned>(std::countr_zero(equal))];
        if (word != slot_word::kEmpty && matches(slot_word::place(word))) return Slot(&word);
      }
      if (!bucket.full() || prefix_at(at, bucket.words.back()) > prefix) return {};
    }
  }

  /// The first entry in the home of this prefix, of whatever prefix, of which `matches(Place)` is
  /// true.
  template <std::predicate<Place> Matches>
  Slot find_at_home(std::uint32_t prefix, Matches&& matches) const {
    for (std::uint64_t& word : data_[home(prefix)].words) {
      if (word != slot_word::kEmpty && matches(slot_word::place(word))) return Slot(&word);
    }
    return {};
  }

  /// Adds an entry of this prefix: `word` but for its tag. False, and nothing changed, where some
  /// entry would come to lie too far from home.
  bool insert(std::uint32_t prefix, std::uint64_t word) noexcept;

  /// Inserts entries in order, each of a prefix not less than any in the table. Cheaper than
  /// `insert`, and to be the only one that changes the table while it lives.
  class Appender {
   public:
    Appender(HashTable& table, std::uint32_t first_prefix) noexcept;

    /// The same as the table's insert.
    bool insert(std::uint32_t prefix, std::uint64_t word) noexcept;

   private:
    HashTable& table_;
    std::uint32_t at_;      ///< the bucket of the latest entry
    std::size_t used_ = 0;  ///< its slots in use
  };

  void erase(Slot slot) noexcept;
  bool owns(Slot slot) const noexcept;

  /// Calls `visit(prefix, word)` for the entries of prefixes [first, end) in their order, until it
  /// returns false.
  template <class Visit>
  void for_each(std::uint32_t first, std::uint32_t end, Visit&& visit) const {
    if (first >= end) return;
    const std::uint32_t last_home = home(end - 1);
    bool overflows = true;
    for (std::uint32_t at = home(first); at <= last_home || overflows; ++at) {
      for (const std::uint64_t word : data_[at].words) {
        if (word == slot_word::kEmpty) break;
        const std::uint32_t prefix = prefix_at(at, word);
        if (prefix < first) continue;
        if (prefix >= end || !visit(prefix, word)) return;
      }
      overflows = data_[at].full();
    }
  }

  /// The memory of the buckets before `bucket` may go back to the system, since nobody will look
  /// there again. Some of it does; to call the system seldom, up to `release_grain` bytes stay.
  void release_before(std::uint32_t bucket) noexcept;
  std::size_t release_grain() const noexcept { return release_grain_; }

  /// Bytes of memory, without what was released.
  std::size_t bytes() const noexcept { return memory_.size() - released_; }

  /// Bytes of memory committed when only prefixes below `end` were ever inserted.
  std::size_t bytes_below(std::uint32_t end) const noexcept;

  /// `bytes` of a new table, and in pieces of what size they are committed.
  static std::size_t bytes_of(std::uint32_t buckets) noexcept;
  static std::size_t page_of(std::uint32_t buckets) noexcept;

 private:
  static constexpr std::uint32_t kTagMask = (std::uint32_t{1} << slot_word::kTagBits) - 1;

  /// The prefix of an entry in bucket `at`: the greatest with this tag that is not past the end of
  /// the bucket's prefixes. (That end, rounded down, may be one too large, for which
  /// max_displacement leaves room.)
  std::uint32_t prefix_at(std::uint32_t at, std::uint64_t word) const noexcept {
    const auto end = static_cast<std::uint32_t>((prefixes_per_bucket_ * (at + 1)) >> 32);
    return end - ((end - slot_word::tag(word)) & kTagMask);
  }

  bool can_make_room(std::uint32_t at) const noexcept;

  Mapping memory_;
  IndexBucket* data_ = nullptr;  ///< in memory_
  std::uint32_t buckets_ = 0;
  std::uint32_t max_displacement_ = 0;
  std::uint64_t prefixes_per_bucket_ = 0;  ///< fixed point, 32 binary places, rounded up
  std::size_t release_grain_ = 0;          ///< bytes; whole pages
  std::size_t released_ = 0;               ///< bytes at the front; whole grains
};

}  // namespace cocached::store
