#pragma once

#include "base/thread_annotations.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace cocached::command {

/// `stats detail`: what was done to keys, by their prefix up to the delimiter. Costs one load while
/// it is off. Keys without a delimiter are not counted, and no more than kMaxPrefixes prefixes.
/// Thread-safe.
class PrefixStats {
 public:
  static constexpr std::size_t kMaxPrefixes = 65536;

  PrefixStats(char delimiter, bool enabled) noexcept : delimiter_(delimiter), enabled_(enabled) {}

  void enable(bool on) noexcept { enabled_.store(on, std::memory_order_relaxed); }
  bool enabled() const noexcept { return enabled_.load(std::memory_order_relaxed); }

  void count_get(std::string_view key, bool hit) {
    if (enabled()) count(key, {.gets = 1, .hits = hit ? 1U : 0U});
  }
  void count_set(std::string_view key) {
    if (enabled()) count(key, {.sets = 1});
  }
  void count_delete(std::string_view key) {
    if (enabled()) count(key, {.deletes = 1});
  }

  /// `PREFIX <p> get <n> hit <n> set <n> del <n>` lines and `END`.
  std::string dump() const;

  void reset();

 private:
  struct Operations {
    std::uint64_t gets = 0, hits = 0, sets = 0, deletes = 0;
  };

  void count(std::string_view key, const Operations& operations);

  const char delimiter_;
  std::atomic<bool> enabled_;
  mutable base::Mutex mutex_;
  std::map<std::string, Operations, std::less<>> prefixes_ COCACHED_GUARDED_BY(mutex_);
};

}  // namespace cocached::command
