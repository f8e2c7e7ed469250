#pragma once

#include <cstdint>

namespace cocached::bench {

/// The finalizer of SplitMix64: a bijection whose output bits all depend on every input bit.
constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// SplitMix64: a generator of one word, good enough for choosing keys and cheaper than a request.
class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t next() noexcept {
    const std::uint64_t result = mix(state_);
    state_ += 0x9e3779b97f4a7c15;
    return result;
  }

  /// In [0, 1).
  double unit() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

}  // namespace cocached::bench
