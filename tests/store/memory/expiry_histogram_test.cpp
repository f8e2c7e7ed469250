#include "store/memory/expiry_histogram.hpp"

#include <random>

#include <gtest/gtest.h>

namespace cocached::store {
namespace {

TimePoint at(std::int64_t ms) {
  return TimePoint{Duration{ms}};
}

TEST(ExpiryHistogram, AnEmptyOneExpiresNothing) {
  ExpiryHistogram histogram;
  histogram.add(kNever, 100);
  EXPECT_EQ(histogram.expired(at(1'000'000'000)), 0u);
}

TEST(ExpiryHistogram, CountsNothingBeforeAndAllAfterEveryDeadline) {
  ExpiryHistogram histogram;
  histogram.add(at(10'000), 100);
  histogram.add(at(60'000), 50);
  EXPECT_EQ(histogram.expired(at(1000)), 0u);
  EXPECT_EQ(histogram.expired(at(1'000'000)), 150u);
}

TEST(ExpiryHistogram, ForgetsWhatIsRemoved) {
  ExpiryHistogram histogram;
  histogram.add(at(10'000), 100);
  histogram.add(at(10'000), 30);
  histogram.remove(at(10'000), 100);
  EXPECT_EQ(histogram.expired(at(1'000'000)), 30u);
}

TEST(ExpiryHistogram, IsRoughlyRightInBetween) {
  ExpiryHistogram histogram(at(1000));
  std::mt19937 random(1);
  for (int i = 0; i < 6000; ++i)
    histogram.add(at(1000 + static_cast<std::int64_t>(random() % 60'000)), 10);
  for (std::int64_t now = 1000; now <= 33'000; now += 1000) {
    EXPECT_NEAR(histogram.expired(at(now)), static_cast<double>(now - 1000), 1000) << now;
  }
}

TEST(ExpiryHistogram, IsSharpSoonAfterItsStart) {
  ExpiryHistogram histogram(at(500'000));
  histogram.add(at(500'300), 10);
  histogram.add(at(502'100), 100);
  histogram.add(at(90'000'000), 1000);
  EXPECT_EQ(histogram.expired(at(500'256)), 0u);
  EXPECT_EQ(histogram.expired(at(500'512)), 10u);
  EXPECT_EQ(histogram.expired(at(502'048)), 10u);
  EXPECT_EQ(histogram.expired(at(504'096)), 110u);
}

TEST(ExpiryHistogram, CountsWhatWasLateAlready) {
  ExpiryHistogram histogram(at(5000));
  histogram.add(at(0), 10);
  EXPECT_EQ(histogram.expired(at(5256)), 10u);
  histogram.remove(at(0), 10);
  EXPECT_EQ(histogram.expired(at(5256)), 0u);
}

TEST(ExpiryHistogram, CoversDeadlinesFarApartInAnyOrder) {
  ExpiryHistogram histogram;
  const std::int64_t year = std::int64_t{365} * 24 * 3600 * 1000;
  for (const std::int64_t ms : {year, std::int64_t{1}, 30 * year, std::int64_t{1000}}) {
    histogram.add(at(ms), 1);
  }
  EXPECT_EQ(histogram.expired(at(33 * year)), 4u);
}

TEST(ExpiryHistogram, KnowsWhetherMoreIsToCome) {
  ExpiryHistogram histogram(at(1000));
  histogram.add(at(1100), 10);
  histogram.add(at(11'000), 10);
  EXPECT_TRUE(histogram.expects(at(1000), at(1256)));
  EXPECT_FALSE(histogram.expects(at(1256), at(5000)));
  EXPECT_TRUE(histogram.expects(at(1256), at(10'000)));
  EXPECT_FALSE(histogram.expects(at(18'000), at(80'000)));
}

}  // namespace
}  // namespace cocached::store
