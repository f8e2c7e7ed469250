#pragma once

#include "base/bounded_count.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>

namespace cocached::base {

/// The ledger has no room for the memory that was asked for.
struct NoMoreMemory : std::bad_alloc {
  const char* what() const noexcept override { return "no more memory for clients"; }
};

/// Why memory is wanted.
enum class MemoryUse : std::uint8_t {
  small,  ///< the least that a connection needs to be served: a block to read to, one to answer in
  large,  ///< everything beyond: values on their way, long replies, copies
};

/// Counts the memory that clients make the process hold, buffers, values on their way and replies
/// not read, against one limit for all threads. Large needs may fill half of it, so that
/// clients who need little are still served when clients who need much are refused.
///
/// Thread-safe, and cheap if booked by the block: one atomic exchange for 16 KiB.
class MemoryLedger {
 public:
  /// `limit` in bytes; 0: none.
  explicit MemoryLedger(std::size_t limit = 0) noexcept
      : limit_(limit == 0 ? SIZE_MAX : limit), large_limit_(limit == 0 ? SIZE_MAX : limit / 2) {}
  MemoryLedger(const MemoryLedger&) = delete;
  MemoryLedger& operator=(const MemoryLedger&) = delete;

  /// A ledger without a limit, for those who ask for none.
  static MemoryLedger& unlimited() noexcept;

  /// Books `bytes`, unless the limit forbids it. Whoever books gives back as many.
  [[nodiscard]] bool try_book(std::size_t bytes, MemoryUse need) noexcept {
    if (used_.try_take(bytes, need == MemoryUse::small ? limit_ : large_limit_)) return true;
    refused_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  void give_back(std::size_t bytes) noexcept { used_.give_back(bytes); }

  /// True where a large need of `bytes` would be refused.
  bool is_scarce(std::size_t bytes = 0) const noexcept {
    return !used_.has_room(bytes, large_limit_);
  }

  std::size_t used() const noexcept { return used_.used(); }
  std::size_t limit() const noexcept { return limit_ == SIZE_MAX ? 0 : limit_; }  ///< 0: none
  /// How often something was refused, so far.
  std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

 private:
  const std::size_t limit_;
  const std::size_t large_limit_;
  alignas(64) BoundedCount used_;
  std::atomic<std::uint64_t> refused_{0};
};

/// Bytes booked in a ledger, which go back with it.
class Booking {
 public:
  Booking() = default;
  explicit Booking(MemoryLedger& ledger) noexcept : ledger_(&ledger) {}
  Booking(Booking&& other) noexcept : ledger_(other.ledger_), bytes_(other.bytes_) {
    other.bytes_ = 0;
  }
  Booking& operator=(Booking&& other) noexcept {
    if (this == &other) return *this;
    clear();
    ledger_ = other.ledger_;
    bytes_ = other.bytes_;
    other.bytes_ = 0;
    return *this;
  }
  ~Booking() { clear(); }

  [[nodiscard]] bool try_add(std::size_t bytes, MemoryUse need) noexcept {
    if (!ledger_->try_book(bytes, need)) return false;
    bytes_ += bytes;
    return true;
  }
  /// Throws NoMoreMemory.
  void add(std::size_t bytes, MemoryUse need) {
    if (!try_add(bytes, need)) throw NoMoreMemory{};
  }
  /// Forgets the bytes: whoever calls it gives them back to the ledger.
  void keep() noexcept { bytes_ = 0; }
  void clear() noexcept {
    if (bytes_ > 0) ledger_->give_back(bytes_);
    bytes_ = 0;
  }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  MemoryLedger* ledger_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace cocached::base
