#include "store/memory/expiry_histogram.hpp"

#include <algorithm>
#include <bit>

namespace cocached::store {
namespace {

constexpr unsigned kFinestShift = 8;  // 256 ms

}  // namespace

// [0, 256), [256, 512), [512, 1024), ... milliseconds
std::int64_t ExpiryHistogram::start(std::size_t bin) noexcept {
  return bin == 0 ? 0 : std::int64_t{1} << (kFinestShift + bin - 1);
}

std::size_t ExpiryHistogram::bin(TimePoint deadline) const noexcept {
  const std::int64_t ms = std::max<std::int64_t>((deadline - since_).count(), 0);
  const auto width =
      static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(ms) >> kFinestShift));
  return std::min(width, kBins - 1);
}

void ExpiryHistogram::add(TimePoint deadline, std::uint32_t bytes) noexcept {
  if (deadline != kNever) bytes_[bin(deadline)] += bytes;
}

void ExpiryHistogram::remove(TimePoint deadline, std::uint32_t bytes) noexcept {
  if (deadline != kNever) bytes_[bin(deadline)] -= bytes;
}

std::uint32_t ExpiryHistogram::expired(TimePoint now) const noexcept {
  const std::int64_t passed = (now - since_).count();
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < kBins && passed > start(i); ++i) {
    const std::int64_t width = start(i + 1) - start(i);
    sum += bytes_[i] * std::min(passed - start(i), width) / width;
  }
  return static_cast<std::uint32_t>(sum);
}

bool ExpiryHistogram::expects(TimePoint from, TimePoint until) const noexcept {
  const std::size_t end = bin(until) + 1;
  return std::any_of(bytes_.begin() + static_cast<std::ptrdiff_t>(bin(from)),
                     bytes_.begin() + static_cast<std::ptrdiff_t>(end),
                     [](std::uint32_t bytes) { return bytes != 0; });
}

}  // namespace cocached::store
