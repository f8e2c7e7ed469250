#pragma once

#include <cstddef>

namespace cocached::command {

/// The work that the server does for one client before other connections have a turn. Each request
/// costs one unit. A long request costs more: one for every `kKeys` keys that it lists, and one for
/// every `kListedBytes` of a listing (statistics and the like), whose lines are costly to compose.
///
/// Used by one thread.
class TurnBudget {
 public:
  /// Most lists of keys are shorter, so one batch still answers a pipeline of them.
  static constexpr std::size_t kKeys = 32;
  static constexpr std::size_t kListedBytes = 1024;

  /// `limit` is at least 1.
  explicit TurnBudget(std::size_t limit) noexcept : limit_(limit) {}

  /// Begins a new turn.
  void begin() noexcept { used_ = 0; }

  void add_request() noexcept {
    ++used_;
    keys_ = listed_ = 0;
  }
  void add_keys(std::size_t n) noexcept { used_ += add(n, keys_, kKeys); }
  void add_listed(std::size_t bytes) noexcept { used_ += add(bytes, listed_, kListedBytes); }

  std::size_t left() const noexcept { return is_over() ? 0 : limit_ - used_; }

  /// Returns true if no further request may begin in this turn.
  bool is_over() const noexcept { return used_ >= limit_; }

  /// Returns true if the current request must go on in the next turn. The last request of a turn
  /// may use more than the limit, so every request makes progress in each of its turns.
  bool is_overdrawn() const noexcept { return used_ > limit_; }

 private:
  /// Adds `n` to `rest`, which is not charged yet. Returns the number of full units, and leaves the
  /// remainder in `rest`.
  static std::size_t add(std::size_t n, std::size_t& rest, std::size_t unit) noexcept {
    const auto sum = rest + n;
    rest = sum % unit;
    return sum / unit;
  }

  std::size_t limit_;
  std::size_t used_ = 0;
  std::size_t keys_ = 0;    // keys of the current request that are not charged yet
  std::size_t listed_ = 0;  // bytes of its listing that are not charged yet
};

}  // namespace cocached::command
