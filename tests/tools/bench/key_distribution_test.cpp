#include "bench/key_distribution.hpp"

#include <cmath>
#include <cstdint>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::bench {
namespace {

constexpr int kDraws = 200'000;

/// Shares of the keys among many draws.
std::vector<double> shares(std::uint64_t keys, double zipf) {
  const KeyDistribution choose(keys, zipf);
  Random random(7);
  std::vector<double> result(keys);
  for (int i = 0; i < kDraws; ++i) result.at(choose(random)) += 1.0 / kDraws;
  return result;
}

TEST(KeyDistributionTest, UniformGivesEveryKeyTheSame) {
  EXPECT_THAT(shares(20, 0), ::testing::Each(::testing::DoubleNear(0.05, 0.003)));
}

class ZipfTest : public ::testing::TestWithParam<double> {};

TEST_P(ZipfTest, FollowsTheLaw) {
  constexpr std::uint64_t kKeys = 50;
  double sum = 0;
  for (std::uint64_t rank = 1; rank <= kKeys; ++rank) {
    sum += std::pow(static_cast<double>(rank), -GetParam());
  }
  const std::vector<double> found = shares(kKeys, GetParam());
  for (std::uint64_t rank = 1; rank <= kKeys; ++rank) {
    const double expected = std::pow(static_cast<double>(rank), -GetParam()) / sum;
    // Five standard deviations of a count.
    EXPECT_NEAR(found[rank - 1], expected, 5 * std::sqrt(expected / kDraws)) << "rank " << rank;
  }
}

INSTANTIATE_TEST_SUITE_P(Exponents, ZipfTest, ::testing::Values(0.5, 0.99, 1.0, 1.5, 3.0));

TEST(KeyDistributionTest, OneKeyIsAlwaysChosen) {
  EXPECT_THAT(shares(1, 0), ::testing::ElementsAre(::testing::DoubleNear(1, 1e-6)));
  EXPECT_THAT(shares(1, 0.99), ::testing::ElementsAre(::testing::DoubleNear(1, 1e-6)));
}

TEST(KeyDistributionTest, StaysInRangeWithManyKeys) {
  constexpr std::uint64_t kKeys = 1'000'000'000'000;
  const KeyDistribution choose(kKeys, 0.99);
  Random random(1);
  for (int i = 0; i < 10'000; ++i) ASSERT_LT(choose(random), kKeys);
}

}  // namespace
}  // namespace cocached::bench
