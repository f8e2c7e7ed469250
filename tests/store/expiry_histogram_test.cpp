#include "store/expiry_histogram.hpp"

#include <random>

#include <gtest/gtest.h>

namespace cocached::store {
namespace {

TimePoint at(std::int64_t ms) {
  return TimePoint{Duration{ms}};
}

TEST(ExpiryHistogram, OfNothingExpiresNothing) {
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
  ExpiryHistogram histogram;
  std::mt19937 random(1);
  for (int i = 0; i < 6000; ++i)
    histogram.add(at(1000 + static_cast<std::int64_t>(random() % 60'000)), 10);
  for (std::int64_t now = 1000; now <= 61'000; now += 5000) {
    EXPECT_NEAR(histogram.expired(at(now)), static_cast<double>(now - 1000), 3000) << now;
  }
}

TEST(ExpiryHistogram, CoversDeadlinesFarApartInAnyOrder) {
  ExpiryHistogram histogram;
  const std::int64_t year = std::int64_t{365} * 24 * 3600 * 1000;
  for (const std::int64_t ms : {year, std::int64_t{1}, 30 * year, std::int64_t{1000}}) {
    histogram.add(at(ms), 1);
  }
  EXPECT_EQ(histogram.expired(at(33 * year)), 4u);
}

TEST(ExpiryHistogram, AfterASweepOnlyWhatExpiredLaterCounts) {
  ExpiryHistogram histogram;
  for (std::int64_t ms = 0; ms < 60'000; ms += 10) histogram.add(at(ms), 1);
  for (std::int64_t ms = 0; ms < 31'000; ms += 10) histogram.remove(at(ms), 1);
  histogram.note_sweep(at(31'000));
  EXPECT_EQ(histogram.expired(at(31'000)), 0u);
  EXPECT_NEAR(histogram.expired(at(33'000)), 200, 60);
}

}  // namespace
}  // namespace cocached::store
