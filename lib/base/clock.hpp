#pragma once

#include <chrono>

namespace cocached::base {

/// Milliseconds: the grain of every deadline inside the server.
using Duration = std::chrono::milliseconds;

/// Server time: monotonic, zero when the clock was made, untouched by changes of the wall clock.
struct ServerTime {};
using TimePoint = std::chrono::time_point<ServerTime, Duration>;

/// The deadline of what never expires.
inline constexpr TimePoint kNever = TimePoint::max();

/// The source of time. A test injects a clock that it sets by hand. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  /// Exact, rounded down to a millisecond: what deadlines are counted from.
  virtual TimePoint now() const noexcept = 0;

  /// Cheaper: at most 10 ms behind `now`, never ahead of it, so that nothing expires early.
  virtual TimePoint coarse_now() const noexcept = 0;

  /// The wall clock: what absolute expiry times (Unix seconds) are measured against.
  virtual std::chrono::sys_time<Duration> wall_now() const noexcept = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  SystemClock() noexcept;

  TimePoint now() const noexcept override;
  TimePoint coarse_now() const noexcept override;
  std::chrono::sys_time<Duration> wall_now() const noexcept override;

 private:
  std::chrono::nanoseconds start_;
};

}  // namespace cocached::base
