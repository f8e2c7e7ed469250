#pragma once

#include "bench/random.hpp"

#include <cstdint>

namespace cocached::bench {

/// Chooses key numbers in [0, keys): all alike, or by Zipf's law with number 0 the most popular.
class KeyDistribution {
 public:
  /// `zipf` is the exponent; 0 means uniform.
  KeyDistribution(std::uint64_t keys, double zipf);

  std::uint64_t operator()(Random& random) const noexcept;

 private:
  // Rejection-inversion sampling (Hörmann, Derflinger 1996): no table, so any number of keys costs
  // the same. h is the density x^-s, integral is its integral, inverse that one's inverse.
  double h(double x) const noexcept;
  double integral(double x) const noexcept;
  double inverse(double y) const noexcept;

  std::uint64_t zipf_rank(Random& random) const noexcept;

  double keys_;
  double exponent_;
  double integral_low_ = 0;
  double integral_high_ = 0;
  double squeeze_ = 0;  ///< a rank this close to the sample's abscissa needs no second test
};

}  // namespace cocached::bench
