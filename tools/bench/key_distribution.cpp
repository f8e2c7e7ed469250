#include "bench/key_distribution.hpp"

#include <algorithm>
#include <cmath>

namespace cocached::bench {
namespace {

/// log(1 + x) / x, also where x is too small to divide by.
double log1p_ratio(double x) noexcept {
  return std::abs(x) > 1e-8 ? std::log1p(x) / x : 1 - x / 2;
}

/// (exp(x) - 1) / x, also where x is too small to divide by.
double expm1_ratio(double x) noexcept {
  return std::abs(x) > 1e-8 ? std::expm1(x) / x : 1 + x / 2;
}

}  // namespace

KeyDistribution::KeyDistribution(std::uint64_t keys, double zipf)
    : keys_(static_cast<double>(keys)), exponent_(zipf) {
  integral_low_ = integral(1.5) - 1;
  integral_high_ = integral(keys_ + 0.5);
  squeeze_ = 2 - inverse(integral(2.5) - h(2));
}

std::uint64_t KeyDistribution::operator()(Random& random) const noexcept {
  if (exponent_ > 0) return zipf_rank(random) - 1;
  return static_cast<std::uint64_t>(random.unit() * keys_);
}

std::uint64_t KeyDistribution::zipf_rank(Random& random) const noexcept {
  while (true) {
    const double u = integral_high_ + random.unit() * (integral_low_ - integral_high_);
    const double x = inverse(u);
    const double rank = std::clamp(std::floor(x + 0.5), 1.0, keys_);
    if (rank - x <= squeeze_ || u >= integral(rank + 0.5) - h(rank)) {
      return static_cast<std::uint64_t>(rank);
    }
  }
}

double KeyDistribution::h(double x) const noexcept {
  return std::exp(-exponent_ * std::log(x));
}

double KeyDistribution::integral(double x) const noexcept {
  const double log_x = std::log(x);
  return expm1_ratio((1 - exponent_) * log_x) * log_x;
}

double KeyDistribution::inverse(double y) const noexcept {
  // Rounding may push the argument of log1p just below -1.
  const double t = std::max(y * (1 - exponent_), -1.0);
  return std::exp(log1p_ratio(t) * y);
}

}  // namespace cocached::bench
