#pragma once

#include "base/clock.hpp"
#include "http/figures_source.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include <boost/circular_buffer.hpp>

namespace cocached::http {

/// The main figures of the last minutes: one point a step, the last `points` of them, so that an
/// operator sees how a problem began. Its size is bounded, and allocated at once. The clock
/// outlives it. Not thread-safe: the endpoint's thread writes and reads it.
class History {
 public:
  static constexpr std::size_t kSeries = 26;

  /// 15 minutes.
  struct Options {
    std::chrono::milliseconds step{5000};
    std::size_t points = 180;
  };

  explicit History(const base::Clock& clock) : History(clock, Options{}) {}
  History(const base::Clock& clock, const Options& options);

  std::chrono::milliseconds step() const noexcept { return options_.step; }

  /// Adds the point that ends now. Rates are over the time since the call before, whatever it was,
  /// so the first call only begins. A counter that was reset in between counts from zero.
  void record(const Snapshot& snapshot);

  /// `/history.json`: columns of equal length, oldest first; null where nothing can be said, as of
  /// the hit ratio where nothing was asked for.
  ///
  ///     {"step_ms": 5000, "points": 180, "now_ms": ..., "at_ms": [...], "series": {"get": [...]}}
  ///
  /// Moments are Unix time in milliseconds. Sizes are in bytes, latencies in seconds, CPU time in
  /// cores, the rest per second or a plain count.
  std::string json() const;

 private:
  /// The counters at a point, from which the next point is made.
  struct Reading {
    base::TimePoint at;
    command::Totals totals;
    store::StoreStats store;
    insight::Latencies latencies;
    double user_cpu_s = 0;
    double system_cpu_s = 0;
  };
  struct Interval;
  struct Series;
  struct Point {
    std::chrono::sys_time<base::Duration> at;
    std::array<double, kSeries> values;  ///< NaN: nothing to say
  };

  Reading read(const Snapshot& snapshot) const;
  static const std::array<Series, kSeries>& series() noexcept;

  const base::Clock& clock_;
  const Options options_;
  std::optional<Reading> last_;
  boost::circular_buffer<Point> points_;
};

}  // namespace cocached::http
