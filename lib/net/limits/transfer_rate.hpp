#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cocached::net {

/// Tells a slow client from one that moves many bytes. A move costs one addition; `is_slow` does
/// the rest about once a second. Used by one thread.
class TransferRate {
 public:
  /// The half-finished work of a connection.
  enum class Work : std::uint8_t { none, request, reply };

  /// Bytes a second below which a client is slow.
  static constexpr std::uint32_t kLeastRate = 1024;

  void add_moved(std::size_t n) noexcept { moved_ += static_cast<std::uint32_t>(n); }

  /// Notes that the connection does `work` now. Returns true if this work has lasted `patience` at
  /// less than kLeastRate bytes/s. A `patience` of 0 is no limit.
  bool is_slow(Work work, base::TimePoint now, std::chrono::seconds patience) noexcept {
    stalled_ = work == work_ && moved_ == moved_at_look_;
    moved_at_look_ = moved_;
    if (work != work_ || work == Work::none) return start(work, now);
    if (patience == patience.zero() || now - since_ < patience) return false;
    const auto least = kLeastRate * static_cast<std::uint64_t>(patience.count());
    return moved_ - moved_at_start_ < least || start(work, now);
  }

  /// True if no byte moved between the last two calls of `is_slow`.
  bool stalled() const noexcept { return stalled_; }

 private:
  bool start(Work work, base::TimePoint now) noexcept {
    work_ = work;
    since_ = now;
    moved_at_start_ = moved_;
    return false;
  }

  std::uint32_t moved_ = 0;  // wraps around, as the others do
  std::uint32_t moved_at_start_ = 0;
  std::uint32_t moved_at_look_ = 0;
  Work work_ = Work::none;
  bool stalled_ = false;
  base::TimePoint since_{};
};

}  // namespace cocached::net
