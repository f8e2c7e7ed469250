#pragma once

#include "store/index/hash_table.hpp"
#include "store/index/slot.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <utility>

namespace cocached::store {

/// The records of a namespace in the order in which they were appended, oldest first. 12 bytes an
/// entry.
///
/// Invariant: every live record of the namespace has an entry, unless memory for it ran out. The
/// log does not tell the queue when it moves or removes a record: that leaves a stale entry, which
/// the index no longer knows. pop() and clean() meet stale entries and the caller drops them. The
/// shard's lock guards it.
///
///     unordered_: age unknown, oldest  |  kept_: looked at  |  rest_: not yet looked at, newest
class AgeQueue {
 public:
  struct AgedRecord {
    std::uint32_t prefix;  ///< of the key's hash
    Place place;

    /// A hash that the index takes for the key's.
    std::uint64_t hash() const noexcept { return std::uint64_t{prefix} << (64 - kPrefixBits); }
  };

  void push(AgedRecord entry) { rest_.emplace_back(entry); }

  /// Adds a record whose age is unknown, because it was stored before ages were kept. Such entries
  /// leave first, in random order: a survey finds them in order of their hashes, and evicting in
  /// that order would leave the index crowded at one end.
  void push_unordered(AgedRecord entry) { unordered_.emplace_back(entry); }

  /// Adds a moved record, which keeps its age, as the oldest.
  void push_oldest(AgedRecord entry) { kept_.emplace_front(entry); }

  /// Takes the oldest entry out.
  std::optional<AgedRecord> pop() {
    if (!unordered_.empty()) return draw(random_() % unordered_.size());
    if (kept_.empty()) std::swap(kept_, rest_);
    if (kept_.empty()) return std::nullopt;
    const AgedRecord oldest = kept_.front();
    kept_.pop_front();
    return oldest;
  }

  /// Looks at `count` more entries, and drops those of which `is_valid(AgedRecord)` is false.
  /// Called with 2 for each push while there are too many, it brings their number down without a
  /// pause.
  template <std::predicate<AgedRecord> IsValid>
  void clean(std::size_t count, IsValid&& is_valid) {
    for (std::size_t n = 0; n < count / 2 && !unordered_.empty(); ++n) {
      if (++hand_ >= unordered_.size()) hand_ = 0;
      if (!is_valid(unordered_[hand_])) draw(hand_);
    }
    for (; count > 0 && !rest_.empty(); --count) {
      if (const AgedRecord entry = rest_.front(); is_valid(entry)) kept_.emplace_back(entry);
      rest_.pop_front();
    }
    if (rest_.empty()) std::swap(kept_, rest_);
  }

  std::size_t size() const noexcept { return unordered_.size() + kept_.size() + rest_.size(); }
  std::size_t bytes() const noexcept { return size() * sizeof(Packed); }

 private:
  /// Takes an entry out of those without order.
  AgedRecord draw(std::size_t at) {
    const AgedRecord drawn = unordered_[at];
    unordered_[at] = unordered_.back();
    unordered_.pop_back();
    return drawn;
  }

  struct Packed {
    explicit Packed(AgedRecord entry) noexcept
        : prefix(entry.prefix),
          low(static_cast<std::uint32_t>(static_cast<std::uint64_t>(entry.place))),
          high(static_cast<std::uint32_t>(static_cast<std::uint64_t>(entry.place) >> 32)) {}
    // NOLINTNEXTLINE(google-explicit-constructor): the same in fewer bytes
    operator AgedRecord() const noexcept {
      return {prefix, Place{(std::uint64_t{high} << 32) | low}};
    }

    std::uint32_t prefix, low, high;
  };

  std::deque<Packed> unordered_, kept_, rest_;
  std::size_t hand_ = 0;  // of `clean`, in unordered_
  std::minstd_rand random_;
};

}  // namespace cocached::store
