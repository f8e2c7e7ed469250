#include "base/stopwatch.hpp"

#include <algorithm>

namespace cocached::base {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// A reading of both clocks at almost the same moment.
struct Pair {
  Stopwatch::Reading steps = 0;
  SteadyClock::time_point time;
  Stopwatch::Reading doubt = 0;  ///< steps that the reading took
};

Pair read_once() noexcept {
  const auto before = Stopwatch::read();
  const auto time = SteadyClock::now();
  const auto after = Stopwatch::read();
  return {before + (after - before) / 2, time, after - before};
}

/// The best of some: any one may have been interrupted half-way.
Pair read_both() noexcept {
  auto best = read_once();
  for (int i = 0; i < 8; ++i)
    if (const auto pair = read_once(); pair.doubt < best.doubt) best = pair;
  return best;
}

double measure() noexcept {
  const auto from = read_both();
  while (SteadyClock::now() - from.time < std::chrono::milliseconds{1}) {
  }
  const auto to = read_both();
  const std::chrono::duration<double, std::nano> time = to.time - from.time;
  return time.count() / static_cast<double>(std::max<Stopwatch::Reading>(to.steps - from.steps, 1));
}

}  // namespace

Stopwatch::Stopwatch() noexcept {
  static const double nanoseconds = measure();
  nanoseconds_ = nanoseconds;
}

}  // namespace cocached::base
