#pragma once

#include <chrono>
#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace cocached::base {

/// Measures short durations at the least cost: where the processor counts at a constant rate, a
/// reading is one instruction, a third of what the system's clock takes. For figures about speed,
/// never for deadlines. Readings are comparable within a process, across threads to about a
/// microsecond.
class Stopwatch {
 public:
  using Reading = std::uint64_t;

  static Reading read() noexcept {
#if defined(__x86_64__)
    return __rdtsc();
#else
    return static_cast<Reading>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
  }

  /// Finds out the rate: the first one made in a process takes a millisecond.
  Stopwatch() noexcept;

  /// Nanoseconds between two readings; 0 where the later one is not later.
  std::uint64_t between(Reading from, Reading to) const noexcept {
    return to > from ? static_cast<std::uint64_t>(static_cast<double>(to - from) * nanoseconds_)
                     : 0;
  }

 private:
  double nanoseconds_;  // of one step
};

}  // namespace cocached::base
