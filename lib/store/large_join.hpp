#pragma once

#include "store/operations.hpp"
#include "store/pin.hpp"

#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

namespace cocached::store {

/// True for the modes that add to the old value.
inline bool joins(WriteMode mode) noexcept {
  return mode == WriteMode::append || mode == WriteMode::prepend;
}

/// An append or prepend whose whole value is so large that it is copied without the shard's lock:
///
///     Shard::begin_join -> fill -> Shard::finish_join
///
/// One thread, not after the store. Dropped, it gives its memory back.
class LargeJoin {
 public:
  /// Whole values of this many bytes or more are joined without the lock. A smaller one is copied
  /// in a few microseconds.
  static constexpr std::size_t kLeastSize = std::size_t{64} << 10;

  /// Copies the old value and `added` into the new record. Without the shard's lock.
  void fill(std::string_view added) const noexcept {
    const bool appends = target_.options().mode == WriteMode::append;
    const std::string_view head = appends ? old_value_ : added;
    const std::string_view tail = appends ? added : old_value_;
    char* const to = target_.value().data();
    if (!head.empty()) std::memcpy(to, head.data(), head.size());
    if (!tail.empty()) std::memcpy(to + head.size(), tail.data(), tail.size());
  }

  std::string_view value() const noexcept { return {target_.value().data(), target_.size()}; }

 private:
  friend class Shard;

  LargeJoin(Pin pin, const char* old_record, std::string_view old_value, Reservation target)
      : pin_(std::move(pin)),
        old_record_(old_record),
        old_value_(old_value),
        target_(std::move(target)) {}

  // Invariant: while the segment is pinned, no other record can begin where the old one does.
  Pin pin_;
  const char* old_record_;
  std::string_view old_value_;
  Reservation target_;
};

}  // namespace cocached::store
