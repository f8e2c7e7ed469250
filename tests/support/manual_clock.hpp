#pragma once

#include "base/clock.hpp"

#include <atomic>

namespace cocached::test {

/// A clock that stands still until the test moves it. Thread-safe, like every clock.
class ManualClock final : public base::Clock {
 public:
  using WallTime = std::chrono::sys_time<base::Duration>;

  static constexpr WallTime kWallStart{std::chrono::seconds{1'800'000'000}};  ///< January 2027

  base::TimePoint now() const noexcept override { return now_; }
  base::TimePoint coarse_now() const noexcept override { return now() - lag_.load(); }
  WallTime wall_now() const noexcept override { return wall_; }

  /// Moves both clocks forward.
  void pass(base::Duration time) noexcept {
    now_ = now() + time;
    wall_ = wall_now() + time;
  }

  /// Sets the wall clock, which must not change server time.
  void set_wall(WallTime time) noexcept { wall_ = time; }

  /// Sets how far the coarse clock lags behind.
  void set_lag(base::Duration lag) noexcept { lag_ = lag; }

 private:
  std::atomic<base::TimePoint> now_{base::TimePoint{std::chrono::hours{1}}};
  std::atomic<WallTime> wall_{kWallStart};
  std::atomic<base::Duration> lag_{base::Duration{0}};
};

}  // namespace cocached::test
