#pragma once

#include "base/stopwatch.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cocached::insight {

/// Commands that are timed together, whatever dialect they came in: a meta command counts as what
/// it does.
enum class Family : std::uint8_t { get, set, remove, arithmetic, touch, other };
inline constexpr std::size_t kFamilies = 6;
inline constexpr std::array<Family, kFamilies> kAllFamilies{
    Family::get, Family::set, Family::remove, Family::arithmetic, Family::touch, Family::other};

/// As shown: `get`, `set`, `delete`, `arithmetic`, `touch`, `other`.
std::string_view name_of(Family family) noexcept;

/// Durations in nanoseconds, in log-linear buckets: 16 of equal width to every power of two, so
/// that a bucket is at most 1/16 of its value wide. What is longer than 34 s is in the last one.
struct LatencyBuckets {
  static constexpr unsigned kShift = 4;
  static constexpr unsigned kTop = 34;  ///< the last bucket ends at 2^(kTop + 1) ns
  static constexpr std::size_t kCount = std::size_t{kTop - kShift + 2} << kShift;

  static constexpr std::size_t index(std::uint64_t nanoseconds) noexcept {
    const auto width = static_cast<unsigned>(std::bit_width(nanoseconds));
    if (width <= kShift + 1) return static_cast<std::size_t>(nanoseconds);
    if (width > kTop + 1) return kCount - 1;
    const auto octave = width - 1 - kShift;
    return (std::size_t{octave} << kShift) + static_cast<std::size_t>(nanoseconds >> octave);
  }

  /// Where the bucket starts; the next one starts where it ends.
  static constexpr std::uint64_t start(std::size_t index) noexcept {
    if (index < std::size_t{2} << kShift) return index;
    const auto octave = (index >> kShift) - 1;
    return (index - (octave << kShift)) << octave;
  }
};

/// The durations of one family, summed over threads, or over a while.
class LatencyTotals {
 public:
  void add(std::size_t bucket, std::uint64_t count) noexcept {
    buckets_[bucket] += count;
    count_ += count;
  }
  void add_time(std::uint64_t nanoseconds) noexcept { time_ += nanoseconds; }

  std::uint64_t count() const noexcept { return count_; }
  std::uint64_t time() const noexcept { return time_; }  ///< of all together, in nanoseconds
  double mean() const noexcept {                         ///< in nanoseconds; 0 where there are none
    return count_ == 0 ? 0 : static_cast<double>(time_) / static_cast<double>(count_);
  }

  /// How many took less than `nanoseconds`: exact where that is a power of two up to 2^35.
  std::uint64_t below(std::uint64_t nanoseconds) const noexcept;

  /// Returns the latency in nanoseconds that a share of the commands, from 0 to 1, did not exceed.
  /// It is the middle of a bucket, so within about 3 %. Returns 0 if no command was counted.
  double quantile(double share) const noexcept;

  LatencyTotals& operator+=(const LatencyTotals& more) noexcept;

  /// Returns the counts since `earlier`.
  friend LatencyTotals operator-(LatencyTotals now, const LatencyTotals& earlier) noexcept;

 private:
  std::array<std::uint64_t, LatencyBuckets::kCount> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t time_ = 0;
};

/// By family.
class Latencies {
 public:
  LatencyTotals& operator[](Family family) noexcept {
    return totals_[static_cast<std::size_t>(family)];
  }
  const LatencyTotals& operator[](Family family) const noexcept {
    return totals_[static_cast<std::size_t>(family)];
  }

  friend Latencies operator-(Latencies now, const Latencies& earlier) noexcept;

 private:
  std::array<LatencyTotals, kFamilies> totals_;
};

/// Records the latencies of one worker's commands. Only the worker's thread writes, any thread
/// reads.
///
/// A latency is the server's own time for a command. It begins when the bytes that complete the
/// command have been read. It ends when the reply is handed to the kernel; if the kernel takes no
/// more, or other connections get their turn first, it ends when the reply is composed. So the wait
/// for commands that arrived in the same bytes counts; waits in the network, in the kernel and for
/// the client do not. A command that is answered in several passes (a long list of keys, a dump)
/// counts its last pass.
///
/// The clock is not read for each command: once when a connection's input is looked at, and once
/// when the replies are out. All commands in between get that difference.
class LatencyRecorder {
 public:
  /// A connection's input is about to be answered.
  void begin() noexcept { began_ = base::Stopwatch::read(); }

  /// A command was answered.
  void count(Family family) noexcept { ++pending_[static_cast<std::size_t>(family)]; }

  /// Records the latency of the commands counted since `begin`.
  void end() noexcept {
    if (pending_ != Pending{}) record(watch_.between(began_, base::Stopwatch::read()));
  }

  void add_to(Latencies& totals) const noexcept;

 private:
  using Pending = std::array<std::uint32_t, kFamilies>;
  using Counter = std::atomic<std::uint64_t>;

  struct Histogram {
    std::array<Counter, LatencyBuckets::kCount> buckets{};
    Counter time{0};
  };

  void record(std::uint64_t nanoseconds) noexcept;

  base::Stopwatch watch_;
  base::Stopwatch::Reading began_ = 0;
  Pending pending_{};
  std::array<Histogram, kFamilies> histograms_;
};

}  // namespace cocached::insight
