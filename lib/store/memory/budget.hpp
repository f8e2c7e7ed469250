#pragma once

#include "base/bounded_count.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace cocached::store {

/// The bytes that all shards may use together, for everything: segments, indexes, ghosts, tables.
/// Thread-safe.
class Budget {
 public:
  /// `evicts`: shards can make do with fewer mappings.
  explicit Budget(std::size_t limit, std::size_t shards = 1, bool evicts = true) noexcept
      : shards_(shards), evicts_(evicts), limit_(limit) {}

  /// Takes `bytes` if that stays within the limit.
  [[nodiscard]] bool try_take(std::size_t bytes) noexcept { return used_.try_take(bytes, limit()); }

  /// Takes `bytes` even past the limit; the shards then have to free as many.
  void take(std::size_t bytes) noexcept { used_.take(bytes); }
  void give_back(std::size_t bytes) noexcept { used_.give_back(bytes); }

  std::size_t used() const noexcept { return used_.used(); }
  std::size_t limit() const noexcept { return limit_.load(std::memory_order_relaxed); }
  std::size_t share() const noexcept {
    return limit() / shards_;
  }  ///< of one shard, if all are equal
  void set_limit(std::size_t bytes) noexcept { limit_.store(bytes, std::memory_order_relaxed); }

  // Address space, which the system may bound below the limit (`ulimit -v`). The shards map no more
  // than the mapping limit, and evict instead; so the rest of the process finds some as well.

  static constexpr std::size_t kHeadroom = std::size_t{8} << 20;  ///< bytes left to the others

  /// Counts `bytes` of a new mapping if that stays within the mapping limit.
  [[nodiscard]] bool try_map(std::size_t bytes) noexcept {
    return mapped_.try_take(bytes, mapping_limit_.load(std::memory_order_relaxed));
  }
  void note_unmapped(std::size_t bytes) noexcept { mapped_.give_back(bytes); }
  std::size_t mapped() const noexcept { return mapped_.used(); }

  /// The system refuses mappings: the shards have to unmap kHeadroom, or an eighth if that is less.
  /// They keep an eighth of their memory in any case: with less they would refuse what is written.
  /// Without eviction they keep all: they could only lose items.
  void lower_mapping_limit() noexcept {
    if (!evicts_) return;
    const std::size_t mapped = mapped_.used();
    set_mapping_limit(std::max(mapped - std::min(mapped / 8, kHeadroom), limit() / 8));
  }

  /// The system has plenty of addresses: the shards may map kHeadroom more than they do.
  void raise_mapping_limit() noexcept {
    const std::size_t raised = mapped_.used() + kHeadroom;
    if (raised > mapping_limit_.load(std::memory_order_relaxed)) set_mapping_limit(raised);
  }
  void set_mapping_limit(std::size_t bytes) noexcept {
    mapping_limit_.store(bytes, std::memory_order_relaxed);
  }
  bool limits_mappings() const noexcept {
    return mapping_limit_.load(std::memory_order_relaxed) != SIZE_MAX;
  }
  bool exceeds_mappings() const noexcept {
    return mapped() > mapping_limit_.load(std::memory_order_relaxed);
  }

  bool exceeded() const noexcept { return used() > limit(); }
  bool has(std::size_t bytes) const noexcept { return used_.has_room(bytes, limit()); }

 private:
  const std::size_t shards_;
  const bool evicts_;
  base::BoundedCount used_;
  std::atomic<std::size_t> limit_;
  base::BoundedCount mapped_;
  std::atomic<std::size_t> mapping_limit_ = SIZE_MAX;
};

/// A part of a budget that follows the size of something, and goes back when that dies.
class Charge {
 public:
  explicit Charge(Budget& budget) noexcept : budget_(budget) {}
  Charge(const Charge&) = delete;
  Charge& operator=(const Charge&) = delete;
  ~Charge() { budget_.give_back(bytes_); }

  std::size_t bytes() const noexcept { return bytes_; }

  /// Takes `bytes` more, if there are any.
  [[nodiscard]] bool try_add(std::size_t bytes) noexcept {
    if (!budget_.try_take(bytes)) return false;
    bytes_ += bytes;
    return true;
  }

  /// Up to `bytes` of it become the caller's; the budget sees no difference. How many did.
  [[nodiscard]] std::size_t hand_over(std::size_t bytes) noexcept {
    const std::size_t given = bytes < bytes_ ? bytes : bytes_;
    bytes_ -= given;
    return given;
  }

  void set(std::size_t bytes) noexcept {
    if (bytes > bytes_) budget_.take(bytes - bytes_);
    if (bytes < bytes_) budget_.give_back(bytes_ - bytes);
    bytes_ = bytes;
  }

 private:
  Budget& budget_;
  std::size_t bytes_ = 0;
};

}  // namespace cocached::store
