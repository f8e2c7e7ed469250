#include "bench/histogram.hpp"

#include <algorithm>
#include <cmath>

namespace cocached::bench {

constexpr std::uint64_t Histogram::upper_bound(std::size_t bucket) noexcept {
  if (bucket < 2 * kParts) return bucket;
  const std::size_t shift = bucket / kParts - 1;
  return ((bucket - shift * kParts + 1) << shift) - 1;
}

std::uint64_t Histogram::quantile(double fraction) const noexcept {
  const auto rank = static_cast<std::uint64_t>(std::ceil(fraction * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen != 0 && seen >= rank) return std::min(upper_bound(i), max_);
  }
  return max_;
}

}  // namespace cocached::bench
