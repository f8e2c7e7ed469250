#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cocached::net {

/// Tells a slow client from one that moves much: looked at now and then, it costs one addition
/// where bytes move. Used by one thread.
class TransferRate {
 public:
  /// What a connection is in the middle of.
  enum class Work : std::uint8_t { none, request, reply };

  /// Bytes a second below which a client is slow.
  static constexpr std::uint32_t kLeastRate = 1024;

  void moved(std::size_t n) noexcept { moved_ += static_cast<std::uint32_t>(n); }

  /// The connection is at `work` now. True: and so it was at every look for as long as `patience`,
  /// which is more than 0, at less than the least rate.
  bool is_slow(Work work, base::TimePoint now, std::chrono::seconds patience) noexcept {
    stalled_ = work == work_ && moved_ == moved_at_look_;
    moved_at_look_ = moved_;
    if (work != work_ || work == Work::none) return start(work, now);
    if (patience == patience.zero() || now - since_ < patience) return false;
    const auto least = kLeastRate * static_cast<std::uint64_t>(patience.count());
    return moved_ - moved_at_start_ < least || start(work, now);
  }

  /// Between the last two looks nothing moved at all.
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
