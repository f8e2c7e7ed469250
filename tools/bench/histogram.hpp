#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace cocached::bench {

/// Counts durations (ns) in log-linear buckets: each power of two is cut into 64 equal parts, so a
/// quantile is at most 1.6 % above the true one. Fixed size, no allocation.
class Histogram {
 public:
  void record(std::int64_t ns) noexcept {
    const auto value = static_cast<std::uint64_t>(ns < 0 ? 0 : ns);
    ++buckets_[bucket(value)];
    ++count_;
    if (value > max_) max_ = value;
  }

  std::uint64_t count() const noexcept { return count_; }
  std::uint64_t max() const noexcept { return max_; }

  /// The smallest bucket bound that `fraction` of the values do not exceed; 0 if there are none.
  std::uint64_t quantile(double fraction) const noexcept;

 private:
  static constexpr unsigned kPartBits = 6;
  static constexpr std::uint64_t kParts = std::uint64_t{1} << kPartBits;

  // Values below 2 * kParts have a bucket each; above, the leading kPartBits + 1 bits choose.
  static constexpr std::size_t bucket(std::uint64_t value) noexcept {
    const auto width = static_cast<unsigned>(std::bit_width(value | kParts));
    const unsigned shift = width - (kPartBits + 1);
    return shift * kParts + (value >> shift);
  }
  static constexpr std::uint64_t upper_bound(std::size_t bucket) noexcept;

  std::array<std::uint64_t, (64 - kPartBits + 1) * kParts> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace cocached::bench
