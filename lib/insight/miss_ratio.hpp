#pragma once

#include "base/clock.hpp"
#include "base/thread_annotations.hpp"
#include "insight/mini_cache.hpp"
#include "insight/reports.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace cocached::insight {

/// An access to a watched key.
struct Access {
  enum class Kind : std::uint8_t {
    hit,      ///< a get found it
    miss,     ///< a get did not
    stored,   ///< it got a value
    touched,  ///< it got another deadline
    used,     ///< anything else
    removed,
  };
  std::uint64_t hash = 0;
  std::uint32_t bytes = 0;  ///< of key and value; of hit and stored
  Kind kind = Kind::hit;
  base::TimePoint deadline = base::kNever;  ///< of stored and touched
};

/// Estimates the hit ratio with half, twice, and four times the memory. Every key whose hash is
/// below a threshold is watched (spatial sampling, as in SHARDS; Waldspurger, FAST '15). For each
/// amount of memory a small cache with the store's own policy holds the watched keys; it is smaller
/// than the store by the share of keys that are watched (miniature simulation; Waldspurger, ATC
/// '17).
///
/// The model assumes a look-aside cache: a client follows each get that misses with a set. A cache
/// that hits ignores that set; a smaller cache that misses stores the value as if a set had come.
///
/// Memory is bounded by kMostKeys, about 1.3 MB, and time by kRate: the threshold sinks, for good,
/// as soon as more keys would have to be watched, or more of their commands simulated.
///
/// Thread-safe.
class MissRatioSimulator {
 public:
  static constexpr std::array<double, 4> kScales{0.5, 1, 2, 4};
  static constexpr std::size_t kMostKeys = 8192;
  static constexpr double kRate = 10'000;    ///< accesses a second that may be simulated
  static constexpr double kBurst = 100'000;  ///< that may be saved up

  /// A key is watched where its slice is below the threshold; not of the bits of the hash by which
  /// the store chooses the shard.
  static constexpr std::uint32_t kSlices = std::uint32_t{1} << 24;
  static std::uint32_t slice(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash >> 20) % kSlices;
  }
  std::uint32_t threshold() const noexcept { return threshold_.load(std::memory_order_relaxed); }

  /// Plays what happened to watched keys, in order. `memory_limit` is the store's; nothing is
  /// played while that is 0, not known yet.
  void play(std::span<const Access> accesses, base::TimePoint now, std::uint64_t memory_limit);

  /// Every item is gone at once.
  void flush();

  /// Starts counting anew; what the caches hold stays.
  void reset();

  /// `gets` is the number of gets counted since the start or reset; `misses` of them.
  MissRatioCurve curve(std::uint64_t gets, std::uint64_t misses) const;

 private:
  using Id = MiniCache::Id;

  struct SampledKey {
    std::uint64_t hash = 0;
    base::TimePoint deadline = base::kNever;
    std::uint32_t bytes = 0;
    std::uint8_t holders = 0;  ///< caches that hold it
    bool filling = false;      ///< a get missed, and its set is still to come
    bool known = false;        ///< the number stands for a key
  };

  bool watches(std::uint64_t hash) const noexcept { return slice(hash) < threshold(); }
  double rate() const noexcept COCACHED_REQUIRES(mutex_);
  void play(const Access& access, base::TimePoint now) COCACHED_REQUIRES(mutex_);
  void get(Id id, const Access& access) COCACHED_REQUIRES(mutex_);
  void store(Id id, const Access& access) COCACHED_REQUIRES(mutex_);
  void put(MiniCache& cache, Id id) COCACHED_REQUIRES(mutex_);
  void collect(MiniCache& cache) COCACHED_REQUIRES(mutex_);
  void release_hold(Id id) COCACHED_REQUIRES(mutex_);
  void drop(Id id) COCACHED_REQUIRES(mutex_);
  Id id_of(std::uint64_t hash) COCACHED_REQUIRES(mutex_);
  Id free_id() COCACHED_REQUIRES(mutex_);
  void release(Id id) COCACHED_REQUIRES(mutex_);
  void lower_threshold() COCACHED_REQUIRES(mutex_);
  void set_capacities() COCACHED_REQUIRES(mutex_);
  void spend(std::size_t accesses, base::TimePoint now) COCACHED_REQUIRES(mutex_);

  std::atomic<std::uint32_t> threshold_{kSlices};
  mutable base::Mutex mutex_;
  boost::unordered_flat_map<std::uint64_t, Id> ids_ COCACHED_GUARDED_BY(mutex_);
  std::vector<SampledKey> keys_ COCACHED_GUARDED_BY(mutex_);
  std::vector<Id> free_ COCACHED_GUARDED_BY(mutex_);
  Id hand_ COCACHED_GUARDED_BY(mutex_) = 0;  ///< where the search for a number to use again goes on
  std::size_t held_ COCACHED_GUARDED_BY(mutex_) = 0;  ///< keys that some cache holds
  std::array<MiniCache, kScales.size()> caches_ COCACHED_GUARDED_BY(mutex_);
  std::array<double, kScales.size()> misses_ COCACHED_GUARDED_BY(mutex_){};  ///< of all keys
  std::uint64_t memory_limit_ COCACHED_GUARDED_BY(mutex_) = 0;
  double credit_ COCACHED_GUARDED_BY(mutex_) = kBurst;
  base::TimePoint last_ COCACHED_GUARDED_BY(mutex_){};
};

}  // namespace cocached::insight
