#pragma once

#include "store/item.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace cocached::store {

/// How many bytes of a segment expire when, roughly: bins of equal width, which widen as deadlines
/// spread. Enough to tell whether a segment is worth sweeping, without looking at its records.
class ExpiryHistogram {
 public:
  void add(TimePoint deadline, std::uint32_t bytes) noexcept;
  void remove(TimePoint deadline, std::uint32_t bytes) noexcept;

  /// Of the bytes added, how many have probably expired by `now`; within a bin deadlines are taken
  /// as spread evenly over the part that is later than the last sweep.
  std::uint32_t expired(TimePoint now) const noexcept;

  /// Everything that had expired by `now` has been removed; what is left of it is forgotten.
  void note_sweep(TimePoint now) noexcept;
  TimePoint last_sweep() const noexcept { return swept_; }

 private:
  static constexpr std::size_t kBins = 10;

  std::int64_t bin(TimePoint deadline) const noexcept {
    return deadline.time_since_epoch().count() >> shift_;
  }
  bool covers(std::int64_t bin) const noexcept {
    return bin >= origin_ && bin < origin_ + static_cast<std::int64_t>(kBins);
  }
  void cover(TimePoint deadline) noexcept;
  void widen() noexcept;
  bool move_to(std::int64_t bin) noexcept;

  std::array<std::uint32_t, kBins> bytes_{};
  std::uint32_t total_ = 0;
  std::uint32_t shift_ = 0;  // a bin is 2^shift_ milliseconds wide
  TimePoint swept_{};
  std::int64_t origin_ = 0;  // the number of the first bin: its start in time / width
};

}  // namespace cocached::store
