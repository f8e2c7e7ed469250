#pragma once

#include <chrono>
#include <cstdint>

namespace cocached::bench {

inline constexpr std::int64_t kNsPerSecond = 1'000'000'000;

/// The monotonic clock in nanoseconds.
inline std::int64_t now_ns() noexcept {
  using std::chrono::nanoseconds;
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<nanoseconds>(since).count();
}

}  // namespace cocached::bench
