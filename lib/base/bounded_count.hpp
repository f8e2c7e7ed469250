#pragma once

#include <atomic>
#include <cstddef>

namespace cocached::base {

/// A number of units, mostly bytes, that threads take together up to a limit. Each call names its
/// limit, since one count may serve several. Thread-safe; orders no other memory.
class BoundedCount {
 public:
  /// Takes `n` units if `used()` then is at most `limit`. A refused attempt never shows in
  /// `used()`, so it makes no attempt of another thread fail.
  [[nodiscard]] bool try_take(std::size_t n, std::size_t limit) noexcept {
    std::size_t used = used_.load(std::memory_order_relaxed);
    do {
      if (!fits(used, n, limit)) return false;
    } while (!used_.compare_exchange_weak(used, used + n, std::memory_order_relaxed));
    return true;
  }

  /// Takes `n` units, whatever the limit is.
  void take(std::size_t n) noexcept { used_.fetch_add(n, std::memory_order_relaxed); }

  /// Gives `n` units back that were taken before.
  void give_back(std::size_t n) noexcept { used_.fetch_sub(n, std::memory_order_relaxed); }

  /// True where `try_take(n, limit)` would succeed now.
  bool has_room(std::size_t n, std::size_t limit) const noexcept { return fits(used(), n, limit); }

  std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

 private:
  // Subtracts: a sum could wrap around.
  static constexpr bool fits(std::size_t used, std::size_t n, std::size_t limit) noexcept {
    return n <= limit && used <= limit - n;
  }

  std::atomic<std::size_t> used_{0};
};

}  // namespace cocached::base
