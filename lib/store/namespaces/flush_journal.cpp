#include "store/namespaces/flush_journal.hpp"

namespace cocached::store {

void FlushJournal::note_flush() {
  if (!enabled_) return;
  const base::MutexLock lock(mutex_);
  all_ = next();
  spaces_.clear();
  latest_.store(all_, std::memory_order_release);
}

void FlushJournal::note_flush(std::string_view space) {
  if (!enabled_) return;
  const base::MutexLock lock(mutex_);
  const auto number = next();
  const auto found = spaces_.find(space);
  if (found != spaces_.end()) {
    found->second = number;
  } else if (spaces_.size() < kMaxSpaces) {
    spaces_.emplace(space, number);
  } else {
    all_ = number;
    spaces_.clear();
  }
  latest_.store(number, std::memory_order_release);
}

void FlushJournal::note_change() {
  if (!enabled_) return;
  const base::MutexLock lock(mutex_);
  latest_.store(next(), std::memory_order_release);
}

FlushJournal::Flushes FlushJournal::since(std::uint64_t number) const {
  const base::MutexLock lock(mutex_);
  Flushes flushes{.all = all_ > number, .spaces = {}};
  for (const auto& [space, noted] : spaces_)
    if (noted > number) flushes.spaces.push_back(space);
  return flushes;
}

void FlushJournal::forget(std::uint64_t number) {
  const base::MutexLock lock(mutex_);
  std::erase_if(spaces_, [number](const auto& entry) { return entry.second <= number; });
}

}  // namespace cocached::store
