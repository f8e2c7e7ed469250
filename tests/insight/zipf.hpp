#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

namespace cocached::insight {

/// Numbers from 0 on, the smaller the more often: number n has the weight 1 / (n + 1)^exponent.
class Zipf {
 public:
  Zipf(std::size_t count, double exponent) {
    double sum = 0;
    for (std::size_t n = 1; n <= count; ++n)
      sums_.push_back(sum += 1 / std::pow(static_cast<double>(n), exponent));
  }

  std::size_t operator()(std::mt19937_64& random) const {
    std::uniform_real_distribution<double> point{0, sums_.back()};
    const auto found = std::ranges::lower_bound(sums_, point(random));
    return std::min(static_cast<std::size_t>(found - sums_.begin()), sums_.size() - 1);
  }

 private:
  std::vector<double> sums_;
};

}  // namespace cocached::insight
