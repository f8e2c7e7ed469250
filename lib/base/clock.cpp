#include "base/clock.hpp"

#include <time.h>

namespace cocached::base {
namespace {

std::chrono::nanoseconds read(clockid_t clock) noexcept {
  timespec time{};
  clock_gettime(clock, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

TimePoint since(std::chrono::nanoseconds start, std::chrono::nanoseconds reading) noexcept {
  // The coarse clock may still show a tick from before the start.
  const auto elapsed = reading < start ? std::chrono::nanoseconds{0} : reading - start;
  return TimePoint{std::chrono::floor<Duration>(elapsed)};
}

}  // namespace

SystemClock::SystemClock() noexcept : start_(read(CLOCK_MONOTONIC)) {}

TimePoint SystemClock::now() const noexcept {
  return since(start_, read(CLOCK_MONOTONIC));
}

TimePoint SystemClock::coarse_now() const noexcept {
  return since(start_, read(CLOCK_MONOTONIC_COARSE));
}

std::chrono::sys_time<Duration> SystemClock::wall_now() const noexcept {
  return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

}  // namespace cocached::base
