#pragma once

#include "base/clock.hpp"
#include "base/thread_annotations.hpp"
#include "insight/heavy_hitters.hpp"
#include "insight/reports.hpp"
#include "store/item.hpp"

#include <chrono>
#include <cstdint>
#include <map>

namespace cocached::insight {

/// Sums up what the workers know.
class HotKeySum {
 public:
  void add_operations(const HeavyHitters& keys);
  void add_bytes(const HeavyHitters& keys);
  void add_totals(std::uint64_t operations, std::uint64_t bytes, base::Duration window) noexcept;

  /// The first `count` of each kind. Keys of which nothing certain is known are left out.
  HotKeys top(std::size_t count) const;

 private:
  struct Estimate {
    HotKey key;
    std::uint64_t weight = 0;
    std::uint64_t error = 0;
  };
  using Estimates = std::map<std::string, Estimate, std::less<>>;

  static std::vector<HotKey> top(const Estimates& estimates, std::size_t count);

  HotKeys sum_;
  Estimates by_operations_;
  Estimates by_bytes_;
};

/// The hot keys of one worker: of a sample of its commands, those that named a key most often, and
/// those that moved most bytes of values. Looks back five to ten minutes, for what was hot
/// yesterday is of no use at night. At most 4 x kCounters keys are held: 0.3 MB where all have 250
/// bytes.
///
/// The sample is every command at first, and thins out to one of kThinnest as more come, at random
/// distances, so that no rhythm of the load can hide a key. Thread-safe; written by one thread.
class HotKeyCounter {
 public:
  static constexpr std::size_t kCounters = 256;
  static constexpr std::uint64_t kThinnest = 4096;
  static constexpr base::Duration kWindow = std::chrono::minutes{5};

  /// A command of the sample named `key`, and moved `bytes` of its value. Returns which command
  /// will be the next of the sample, counted from here.
  std::uint64_t add(const store::Key& key, std::uint64_t bytes);

  /// Lets time pass. About every second.
  void tick(base::TimePoint now);

  void add_to(HotKeySum& sum, base::TimePoint now) const;

 private:
  struct Window {
    HeavyHitters by_operations{kCounters};
    HeavyHitters by_bytes{kCounters};
    std::uint64_t operations = 0;
    std::uint64_t bytes = 0;
    std::uint64_t samples = 0;
    base::TimePoint begun{};
  };

  std::uint64_t distance() noexcept COCACHED_REQUIRES(mutex_);

  mutable base::Mutex mutex_;
  Window now_ COCACHED_GUARDED_BY(mutex_);
  Window before_ COCACHED_GUARDED_BY(mutex_);
  std::uint64_t step_ COCACHED_GUARDED_BY(mutex_) = 1;  ///< mean distance: what a sample stands for
  std::uint64_t random_ COCACHED_GUARDED_BY(mutex_) = 0x9e3779b97f4a7c15;
};

}  // namespace cocached::insight
