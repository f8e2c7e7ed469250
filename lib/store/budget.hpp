#pragma once

#include <atomic>
#include <cstddef>

namespace cocached::store {

/// The bytes all shards may use together. Thread-safe.
class Budget {
 public:
  explicit Budget(std::size_t limit) noexcept : limit_(limit) {}

  std::size_t limit() const noexcept { return limit_.load(std::memory_order_relaxed); }
  void set_limit(std::size_t bytes) noexcept { limit_.store(bytes, std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> limit_;
};

}  // namespace cocached::store
