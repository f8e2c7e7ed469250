#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <random>

namespace cocached::stress {

/// One thread's choices: the same seed makes the same ones.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// From 0 to `limit` - 1.
  std::uint64_t below(std::uint64_t limit) { return between(0, limit - 1); }

  /// From `least` to `most`, both included.
  std::uint64_t between(std::uint64_t least, std::uint64_t most) {
    return std::uniform_int_distribution<std::uint64_t>{least, most}(engine_);
  }

  bool chance(double probability) { return std::bernoulli_distribution{probability}(engine_); }

  /// Each power of two is as likely as the next.
  std::uint64_t log_uniform(std::uint64_t least, std::uint64_t most) {
    const auto log = [](std::uint64_t n) { return std::log2(static_cast<double>(n)); };
    std::uniform_real_distribution<double> exponent{log(least), log(most + 1)};
    return std::clamp(static_cast<std::uint64_t>(std::exp2(exponent(engine_))), least, most);
  }

  template <class Range>
  const auto& pick(const Range& range) {
    return range[below(std::size(range))];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace cocached::stress
