#pragma once

#include "base/clock.hpp"
#include "base/thread_annotations.hpp"
#include "protocol/watch_topics.hpp"
#include "store/eviction/eviction_observer.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cocached::command {

using protocol::Topic;
using protocol::Topics;

/// The clients that watch the server's events, and the lines that wait to be sent to each.
/// Thread-safe: one mutex guards all lines.
///
/// The code that has an event asks `shows` first; while no client watches, the event costs no more
/// than that. An event is composed outside the lock and copied under it. Each watcher has a bounded
/// buffer: a client that reads too slowly loses lines and is told how many.
class Watchers final : public store::EvictionObserver {
 public:
  static constexpr std::size_t kMaxWatchers = 20;  // memcached's
  static constexpr std::size_t kDefaultBuffer = std::size_t{256} << 10;

  /// The figures for `stats`. A line that two watchers take or lose counts twice.
  struct Figures {
    std::uint64_t lines = 0;    ///< events
    std::uint64_t sent = 0;     ///< lines that watchers have taken
    std::uint64_t skipped = 0;  ///< lines that watchers have lost
    std::size_t watchers = 0;
  };

 private:
  struct Watcher {
    const Topics topics;
    const std::function<void()> wake;
    std::string lines{};        // the waiting lines
    std::uint64_t count = 0;    // the number of waiting lines
    std::uint64_t skipped = 0;  // lines lost behind the waiting ones
    bool asleep = false;        // the next line calls `wake`
  };

 public:
  /// One watcher's place in the list; its destructor removes the watcher.
  class Subscription {
   public:
    Subscription(Subscription&& other) noexcept
        : watchers_(std::exchange(other.watchers_, nullptr)), place_(other.place_) {}
    Subscription& operator=(Subscription&&) = delete;
    ~Subscription() {
      if (watchers_ != nullptr) watchers_->leave(place_);
    }

    /// Removes and returns the waiting lines, with `skipped=<n>` behind them if lines were lost. If
    /// it returns none, the next line will call `wake`, once.
    std::string take() { return watchers_->take(*place_); }

   private:
    friend class Watchers;
    Subscription(Watchers& watchers, std::list<Watcher>::iterator place) noexcept
        : watchers_(&watchers), place_(place) {}
    Watchers* watchers_;
    std::list<Watcher>::iterator place_;
  };

  /// `buffer` bounds the bytes of lines that wait for one watcher. The clock outlives the object.
  explicit Watchers(const base::Clock& clock, std::size_t buffer = kDefaultBuffer) noexcept
      : clock_(clock), buffer_(buffer) {}
  Watchers(const Watchers&) = delete;
  Watchers& operator=(const Watchers&) = delete;

  /// Adds a watcher; returns nothing if there are kMaxWatchers. Any thread may call `wake`, while
  /// it holds locks, so `wake` must only post to the watcher's own thread.
  std::optional<Subscription> add(Topics topics, std::function<void()> wake);

  /// Returns the topics that at least one client watches.
  Topics topics() const noexcept { return topics_.load(std::memory_order_relaxed); }
  /// Returns true if a client watches `topic`.
  bool shows(Topic topic) const noexcept { return (topics() & protocol::bit(topic)) != 0; }

  /// Adds an event to the lines of all watchers of `topic`. `event` is the text behind
  /// `ts=<time> gid=<number> `, without a line end.
  void show(Topic topic, std::string_view event);

  Figures figures() const;

  bool is_watching() const noexcept override { return shows(Topic::evictions); }
  void evicted(const store::ItemView& item, store::TimePoint now) override;

 private:
  void leave(std::list<Watcher>::iterator place);
  std::string take(Watcher& watcher);
  void append(Watcher& watcher, std::string_view head, std::string_view event)
      COCACHED_REQUIRES(mutex_);
  void update_topics() COCACHED_REQUIRES(mutex_);

  const base::Clock& clock_;
  const std::size_t buffer_;
  std::atomic<Topics> topics_{0};
  mutable base::Mutex mutex_;
  std::list<Watcher> watchers_ COCACHED_GUARDED_BY(mutex_);
  std::uint64_t number_ COCACHED_GUARDED_BY(mutex_) = 0;  // the last line's `gid`
  Figures figures_ COCACHED_GUARDED_BY(mutex_);
};

}  // namespace cocached::command
