#include "bench/histogram.hpp"

#include <cstdint>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::bench {
namespace {

TEST(HistogramTest, IsEmptyAtFirst) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.quantile(0.5), 0U);
  EXPECT_EQ(histogram.max(), 0U);
}

TEST(HistogramTest, IsExactForSmallValues) {
  Histogram histogram;
  for (int value = 1; value <= 100; ++value) histogram.record(value);
  EXPECT_EQ(histogram.quantile(0.5), 50U);
  EXPECT_EQ(histogram.quantile(0.9), 90U);
  EXPECT_EQ(histogram.quantile(0.99), 99U);
  EXPECT_EQ(histogram.quantile(1), 100U);
}

TEST(HistogramTest, QuantileIsNeverBelowAndAtMostOneSixtyFourthAbove) {
  for (std::int64_t value = 1; value < (std::int64_t{1} << 50); value = value * 3 + 1) {
    Histogram histogram;
    histogram.record(value);
    histogram.record(std::int64_t{1} << 51);  // so that the largest value does not bound the first
    const auto exact = static_cast<std::uint64_t>(value);
    EXPECT_GE(histogram.quantile(0.5), exact);
    EXPECT_LE(histogram.quantile(0.5), exact + exact / 64);
  }
}

TEST(HistogramTest, NoQuantileIsAboveTheLargestValue) {
  Histogram histogram;
  histogram.record(1'000'001);
  EXPECT_EQ(histogram.quantile(0.5), 1'000'001U);
  EXPECT_EQ(histogram.max(), 1'000'001U);
}

TEST(HistogramTest, TakesEveryDuration) {
  Histogram histogram;
  histogram.record(-1);  // two clock readings that disagree
  histogram.record(0);
  histogram.record(std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(histogram.count(), 3U);
  EXPECT_EQ(histogram.quantile(0.5), 0U);
  EXPECT_EQ(histogram.quantile(1), std::uint64_t{std::numeric_limits<std::int64_t>::max()});
}

}  // namespace
}  // namespace cocached::bench
