#include "store/expiry_histogram.hpp"

#include <algorithm>
#include <utility>

namespace cocached::store {
namespace {

constexpr std::uint32_t kFinestShift = 7;  // 128 ms

}  // namespace

void ExpiryHistogram::add(TimePoint deadline, std::uint32_t bytes) noexcept {
  if (deadline == kNever) return;
  if (total_ == 0) {
    bytes_ = {};
    shift_ = kFinestShift;
    origin_ = bin(deadline);
  }
  cover(deadline);
  bytes_[static_cast<std::size_t>(bin(deadline) - origin_)] += bytes;
  total_ += bytes;
}

void ExpiryHistogram::remove(TimePoint deadline, std::uint32_t bytes) noexcept {
  if (deadline == kNever || !covers(bin(deadline))) return;
  std::uint32_t& in_bin = bytes_[static_cast<std::size_t>(bin(deadline) - origin_)];
  const std::uint32_t taken = std::min(in_bin, bytes);
  in_bin -= taken;
  total_ -= taken;
}

std::uint32_t ExpiryHistogram::expired(TimePoint now) const noexcept {
  if (total_ == 0) return 0;
  const std::int64_t until = now.time_since_epoch().count();
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBins; ++i) {
    const std::int64_t start = (origin_ + static_cast<std::int64_t>(i)) << shift_;
    const std::int64_t end = start + (std::int64_t{1} << shift_);
    const std::int64_t from = std::clamp(swept_.time_since_epoch().count(), start, end - 1);
    if (until <= from) continue;
    const auto passed = static_cast<std::uint64_t>(std::min(until, end) - from);
    sum += bytes_[i] * passed / static_cast<std::uint64_t>(end - from);
  }
  return static_cast<std::uint32_t>(sum);
}

void ExpiryHistogram::note_sweep(TimePoint now) noexcept {
  swept_ = now;
  // Records are removed by their own deadlines, but added at the time they were written when they
  // were born expired; so something may be left where nothing is.
  for (std::size_t i = 0; i < kBins; ++i) {
    const std::int64_t end = (origin_ + static_cast<std::int64_t>(i) + 1) << shift_;
    if (end <= now.time_since_epoch().count()) total_ -= std::exchange(bytes_[i], 0);
  }
}

void ExpiryHistogram::cover(TimePoint deadline) noexcept {
  while (!covers(bin(deadline)) && !move_to(bin(deadline))) widen();
}

/// Halves the resolution: bins 2n and 2n+1 become bin n.
void ExpiryHistogram::widen() noexcept {
  std::array<std::uint32_t, kBins> wide{};
  for (std::size_t i = 0; i < kBins; ++i) {
    const std::int64_t bin = (origin_ + static_cast<std::int64_t>(i)) >> 1;
    wide[static_cast<std::size_t>(bin - (origin_ >> 1))] += bytes_[i];
  }
  bytes_ = wide;
  origin_ >>= 1;
  ++shift_;
}

/// Moves the window so that it has room for `bin`, if it can without losing a bin in use.
bool ExpiryHistogram::move_to(std::int64_t bin) noexcept {
  const auto used = [](std::uint32_t bytes) { return bytes != 0; };
  const auto first = std::ranges::find_if(bytes_, used) - bytes_.begin();
  const auto last = std::find_if(bytes_.rbegin(), bytes_.rend(), used).base() - bytes_.begin() - 1;
  const std::int64_t low = std::min(bin, origin_ + first);
  const std::int64_t high = std::max(bin, origin_ + last);
  if (high - low >= static_cast<std::int64_t>(kBins)) return false;
  std::array<std::uint32_t, kBins> moved{};
  std::copy(bytes_.begin() + first, bytes_.begin() + last + 1,
            moved.begin() + (origin_ + first - low));
  bytes_ = moved;
  origin_ = low;
  return true;
}

}  // namespace cocached::store
