// `watchers_` is a list, so that a Subscription's iterator stays valid while others come and go.
// `mutex_` guards the list, every watcher's lines, the number of the last line, and the figures.
// `topics_` is the union of all watchers' topics; threads read it without the lock, so that an
// event which no client watches costs one relaxed load.
//
// Invariants: a watcher's waiting lines never exceed `buffer_` bytes; once a line is skipped, all
// are skipped until the watcher takes its lines; `asleep` is set only while no line waits.

#include "command/watch/watchers.hpp"

#include "command/watch/watch_lines.hpp"

#include <fmt/format.h>

namespace cocached::command {

std::optional<Watchers::Subscription> Watchers::add(Topics topics, std::function<void()> wake) {
  const base::MutexLock lock{mutex_};
  if (watchers_.size() == kMaxWatchers) return std::nullopt;
  const auto place = watchers_.insert(watchers_.end(), Watcher{topics, std::move(wake)});
  update_topics();
  return Subscription{*this, place};
}

void Watchers::leave(std::list<Watcher>::iterator place) {
  const base::MutexLock lock{mutex_};
  watchers_.erase(place);
  update_topics();
}

void Watchers::update_topics() {
  Topics topics = 0;
  for (const auto& watcher : watchers_) topics = static_cast<Topics>(topics | watcher.topics);
  topics_.store(topics, std::memory_order_relaxed);
}

void Watchers::show(Topic topic, std::string_view event) {
  const auto time = clock_.wall_now().time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto fraction = std::chrono::microseconds{time - seconds}.count();
  const base::MutexLock lock{mutex_};
  const auto head = fmt::format("ts={}.{:06} gid={} ", seconds.count(), fraction, ++number_);
  ++figures_.lines;
  for (auto& watcher : watchers_)
    if ((watcher.topics & protocol::bit(topic)) != 0) append(watcher, head, event);
}

/// Skips a line that does not fit. After a skipped line all further ones are skipped until the
/// watcher takes its lines, so that its output has one gap.
void Watchers::append(Watcher& watcher, std::string_view head, std::string_view event) {
  const auto size = head.size() + event.size() + 1;
  if (watcher.skipped > 0 || watcher.lines.size() + size > buffer_) {
    ++watcher.skipped;
    ++figures_.skipped;
  } else {
    watcher.lines.append(head).append(event).append(1, '\n');
    ++watcher.count;
  }
  if (std::exchange(watcher.asleep, false)) watcher.wake();
}

std::string Watchers::take(Watcher& watcher) {
  const base::MutexLock lock{mutex_};
  figures_.sent += std::exchange(watcher.count, 0);
  auto lines = std::exchange(watcher.lines, {});
  if (watcher.skipped > 0) lines += fmt::format("skipped={}\n", std::exchange(watcher.skipped, 0));
  watcher.asleep = lines.empty();
  return lines;
}

Watchers::Figures Watchers::figures() const {
  const base::MutexLock lock{mutex_};
  auto figures = figures_;
  figures.watchers = watchers_.size();
  return figures;
}

void Watchers::evicted(const store::ItemView& item, store::TimePoint now) {
  show(Topic::evictions, eviction_event(item, now));
}

}  // namespace cocached::command
