#pragma once

#include "store/memory/place.hpp"

#include <cstddef>
#include <cstdint>

namespace cocached::store {

inline constexpr unsigned kMaxAccessCount = 3;

/// The bits of a slot's word. An empty slot is 0, which no entry is, since no place is 0.
///
///     63            40 39   38 37                                  0
///    +----------------+-------+-------------------------------------+
///    |      tag       | count |                place                |
///    +----------------+-------+-------------------------------------+
namespace slot_word {

inline constexpr unsigned kTagBits = 24;
inline constexpr unsigned kTagShift = 64 - kTagBits;
inline constexpr std::uint64_t kCountOne = std::uint64_t{1} << kPlaceBits;
inline constexpr std::uint64_t kCountMask = kCountOne * kMaxAccessCount;
inline constexpr std::uint64_t kPlaceMask = kCountOne - 1;
inline constexpr std::uint64_t kEmpty = 0;

constexpr std::uint64_t make(Place place, unsigned access_count) noexcept {
  return (std::uint64_t{access_count} << kPlaceBits) | static_cast<std::uint64_t>(place);
}

/// A word made with no tag yet, or with an other one, with this tag.
constexpr std::uint64_t with_tag(std::uint64_t word, std::uint32_t tag) noexcept {
  return (word & (kCountMask | kPlaceMask)) | (std::uint64_t{tag} << kTagShift);
}

constexpr std::uint32_t tag(std::uint64_t word) noexcept {
  return static_cast<std::uint32_t>(word >> kTagShift);
}

constexpr unsigned access_count(std::uint64_t word) noexcept {
  return static_cast<unsigned>((word & kCountMask) >> kPlaceBits);
}

constexpr Place place(std::uint64_t word) noexcept {
  return Place{word & kPlaceMask};
}

}  // namespace slot_word

/// An entry of an index, or none. A pointer into the index: valid until the index's next `insert`,
/// `erase`, `grow`, `shrink` or `step`.
class Slot {
 public:
  constexpr Slot() = default;
  constexpr explicit Slot(std::uint64_t* word) noexcept : word_(word) {}

  constexpr explicit operator bool() const noexcept { return word_ != nullptr; }

  constexpr Place place() const noexcept { return slot_word::place(*word_); }

  /// The record moved: its entry follows, and keeps its access count.
  constexpr void set_place(Place place) noexcept {
    *word_ = (*word_ & ~slot_word::kPlaceMask) | static_cast<std::uint64_t>(place);
  }

  /// Accesses since the entry was made or its count was set; stops at kMaxAccessCount.
  constexpr unsigned access_count() const noexcept { return slot_word::access_count(*word_); }

  constexpr void set_access_count(unsigned count) noexcept {
    *word_ = (*word_ & ~slot_word::kCountMask) | (std::uint64_t{count} << kPlaceBits);
  }

  /// Counts an access. Writes nothing once the count is full, so a hot entry's cache line stays
  /// clean.
  constexpr void touch() noexcept {
    if ((*word_ & slot_word::kCountMask) != slot_word::kCountMask) *word_ += slot_word::kCountOne;
  }

  constexpr std::uint64_t* word() const noexcept { return word_; }

 private:
  std::uint64_t* word_ = nullptr;
};

}  // namespace cocached::store
