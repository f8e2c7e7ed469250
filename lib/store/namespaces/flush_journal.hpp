#pragma once

#include "base/thread_annotations.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cocached::store {

/// Remembers what a snapshot that is written already, or is being written, does not know yet: later
/// flushes, and that a quota or a delayed flush has changed. Changes have numbers that grow.
/// Thread-safe. Costs nothing until it is enabled.
class FlushJournal {
 public:
  /// Before others use the store.
  void enable() noexcept { enabled_ = true; }

  // Each after the change is in the store, and before its client is told.
  void note_flush();  ///< of everything
  void note_flush(std::string_view space);
  void note_change();  ///< of a quota, or of a delayed flush

  /// The number of the latest change; 0: there was none.
  std::uint64_t latest() const noexcept { return latest_.load(std::memory_order_acquire); }

  struct Flushes {
    bool all = false;
    std::vector<std::string> spaces;
  };

  /// The flushes with a number over `number`.
  Flushes since(std::uint64_t number) const;

  /// Forgets those up to `number`.
  void forget(std::uint64_t number);

 private:
  /// Names at most. One more, and everything counts as flushed: that is never wrong in a cache.
  static constexpr std::size_t kMaxSpaces = 65536;

  std::uint64_t next() noexcept { return latest_.load(std::memory_order_relaxed) + 1; }

  bool enabled_ = false;
  std::atomic<std::uint64_t> latest_ = 0;  // written under the mutex
  mutable base::Mutex mutex_;
  std::uint64_t all_ COCACHED_GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::uint64_t, std::less<>> spaces_ COCACHED_GUARDED_BY(mutex_);
};

}  // namespace cocached::store
