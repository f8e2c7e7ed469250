#pragma once

#include <atomic>
#include <cstdint>

namespace cocached::store {

/// Gives out CAS numbers, each larger than all before it: one sequence for all shards, from 1 on.
/// Disabled (`-C`), it gives out 0. Thread-safe.
class CasNumbers {
 public:
  explicit CasNumbers(bool enabled) noexcept : enabled_(enabled) {}
  std::uint64_t next() noexcept {
    return enabled_ ? next_.fetch_add(1, std::memory_order_relaxed) : 0;
  }
  /// From now on gives out no number up to and with `number`.
  void skip(std::uint64_t number) noexcept {
    std::uint64_t next = next_.load(std::memory_order_relaxed);
    while (next <= number && !next_.compare_exchange_weak(next, number + 1)) continue;
  }
  /// Returns about the next number, and keeps it.
  std::uint64_t peek() const noexcept {
    return enabled_ ? next_.load(std::memory_order_relaxed) : 0;
  }
  bool enabled() const noexcept { return enabled_; }

 private:
  const bool enabled_;
  std::atomic<std::uint64_t> next_{1};
};

}  // namespace cocached::store
