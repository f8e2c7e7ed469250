#pragma once

#include "store/item.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace cocached::store {

/// Estimates how many bytes of a segment expire by a given time. The sweeper uses the estimate to
/// decide whether a segment is worth sweeping, without reading its records.
///
/// The bins widen with the distance from the time since which it counts, so what is near is known
/// best: to 256 ms at first, then to a factor of two, up to 17 minutes; all that is later is one
/// bin. A sweep sees every record, and makes a new one.
class ExpiryHistogram {
 public:
  ExpiryHistogram() = default;
  explicit ExpiryHistogram(TimePoint since) noexcept : since_(since) {}

  /// Returns the time from which the bins are counted.
  TimePoint since() const noexcept { return since_; }

  void add(TimePoint deadline, std::uint32_t bytes) noexcept;

  /// Takes back what was added with this very deadline.
  void remove(TimePoint deadline, std::uint32_t bytes) noexcept;

  /// Estimates how many of the added bytes have expired by `now`, as if the deadlines of a bin were
  /// spread evenly over it.
  std::uint32_t expired(TimePoint now) const noexcept;

  /// Whether something may expire in (`from`, `until`].
  bool expects(TimePoint from, TimePoint until) const noexcept;

 private:
  static constexpr std::size_t kBins = 14;

  std::size_t bin(TimePoint deadline) const noexcept;
  static std::int64_t start(std::size_t bin) noexcept;  ///< ms after `since_`

  TimePoint since_{};
  std::array<std::uint32_t, kBins> bytes_{};
};

}  // namespace cocached::store
