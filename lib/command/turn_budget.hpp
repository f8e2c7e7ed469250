#pragma once

#include <cstddef>

namespace cocached::command {

/// The work that one client may have done before other connections have a turn. Each request costs
/// one. A long request costs more: one for every `kKeys` keys that it lists, and one for every
/// `kListedBytes` of a listing (statistics and the like), whose lines are composed figure by
/// figure.
///
/// Used by one thread.
class TurnBudget {
 public:
  /// Usual lists of keys are shorter, so that a pipeline of them is still answered in one batch.
  static constexpr std::size_t kKeys = 32;
  static constexpr std::size_t kListedBytes = 1024;

  /// `limit` is at least 1.
  explicit TurnBudget(std::size_t limit) noexcept : limit_(limit) {}

  void begin() noexcept { used_ = 0; }

  void add_request() noexcept {
    ++used_;
    keys_ = listed_ = 0;
  }
  void add_keys(std::size_t n) noexcept { used_ += add(n, keys_, kKeys); }
  void add_listed(std::size_t bytes) noexcept { used_ += add(bytes, listed_, kListedBytes); }

  std::size_t left() const noexcept { return is_over() ? 0 : limit_ - used_; }

  /// True: no further request is begun in this turn.
  bool is_over() const noexcept { return used_ >= limit_; }

  /// True: the request that is being answered goes on in the next turn. The last request that was
  /// begun in time may always do some work, so every request gets on, whatever the limit.
  bool is_overdrawn() const noexcept { return used_ > limit_; }

 private:
  /// Adds `n` to the `rest` that is not charged yet; returns the units that are full.
  static std::size_t add(std::size_t n, std::size_t& rest, std::size_t unit) noexcept {
    const auto sum = rest + n;
    rest = sum % unit;
    return sum / unit;
  }

  std::size_t limit_;
  std::size_t used_ = 0;
  std::size_t keys_ = 0;    // of the request that is being answered, not charged yet
  std::size_t listed_ = 0;  // bytes, likewise
};

}  // namespace cocached::command
