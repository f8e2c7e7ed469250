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

/// Those who watch what the server does, and the lines that wait to be sent to each. Thread-safe.
///
/// Whoever has something to show asks `shows` first: while nobody watches, that is all it costs. A
/// line is composed outside the lock, and copied under it. A watcher has so many bytes of lines
/// waiting at most: who reads too slowly loses those that come then, and is told how many.
class Watchers final : public store::EvictionObserver {
 public:
  static constexpr std::size_t kMaxWatchers = 20;  // memcached's
  static constexpr std::size_t kDefaultBuffer = std::size_t{256} << 10;

  /// As `stats` shows it.
  struct Figures {
    std::uint64_t lines = 0;    ///< shown to somebody
    std::uint64_t sent = 0;     ///< taken by watchers, each counted
    std::uint64_t skipped = 0;  ///< lost by watchers, each counted
    std::size_t watchers = 0;
  };

 private:
  struct Watcher {
    const Topics topics;
    const std::function<void()> wake;
    std::string lines{};  // that wait
    std::uint64_t count = 0;
    std::uint64_t skipped = 0;  // since
    bool asleep = false;        // wants to be woken
  };

 public:
  /// One watcher's place; gives itself back.
  class Subscription {
   public:
    Subscription(Subscription&& other) noexcept
        : watchers_(std::exchange(other.watchers_, nullptr)), place_(other.place_) {}
    Subscription& operator=(Subscription&&) = delete;
    ~Subscription() {
      if (watchers_ != nullptr) watchers_->leave(place_);
    }

    /// The lines that wait, and `skipped=<n>` where some were lost behind them. None: the next one
    /// will call `wake`, once.
    std::string take() { return watchers_->take(*place_); }

   private:
    friend class Watchers;
    Subscription(Watchers& watchers, std::list<Watcher>::iterator place) noexcept
        : watchers_(&watchers), place_(place) {}
    Watchers* watchers_;
    std::list<Watcher>::iterator place_;
  };

  /// `buffer`: bytes of lines that may wait for one watcher. The clock outlives it.
  explicit Watchers(const base::Clock& clock, std::size_t buffer = kDefaultBuffer) noexcept
      : clock_(clock), buffer_(buffer) {}
  Watchers(const Watchers&) = delete;
  Watchers& operator=(const Watchers&) = delete;

  /// `wake` is called by any thread, with locks held: it only passes the word on. Nothing where
  /// there are too many.
  std::optional<Subscription> add(Topics topics, std::function<void()> wake);

  /// What anybody watches.
  Topics topics() const noexcept { return topics_.load(std::memory_order_relaxed); }
  bool shows(Topic topic) const noexcept { return (topics() & protocol::bit(topic)) != 0; }

  /// Shows an event: what follows `ts=<time> gid=<number> `, without a line end.
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
  std::uint64_t number_ COCACHED_GUARDED_BY(mutex_) = 0;  // of the last line
  Figures figures_ COCACHED_GUARDED_BY(mutex_);
};

}  // namespace cocached::command
