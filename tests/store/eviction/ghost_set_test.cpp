#include "store/eviction/ghost_set.hpp"

#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace cocached::store {
namespace {

std::vector<std::uint64_t> random_hashes(std::size_t count, std::uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> hashes(count);
  for (std::uint64_t& hash : hashes) hash = random();
  return hashes;
}

std::size_t take_all(GhostSet& ghosts, const std::vector<std::uint64_t>& hashes) {
  std::size_t taken = 0;
  for (const std::uint64_t hash : hashes) taken += ghosts.take(hash).frequency;
  return taken;
}

TEST(GhostSet, WithoutCapacityRemembersNothing) {
  GhostSet ghosts;
  ghosts.insert(1, 1);
  EXPECT_EQ(ghosts.take(1).frequency, 0U);
  EXPECT_EQ(ghosts.bytes(), 0U);
  EXPECT_EQ(ghosts.capacity(), 0U);
}

TEST(GhostSet, ForgetsWhatWasTaken) {
  GhostSet ghosts(1000);
  for (const std::uint64_t hash : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
    EXPECT_EQ(ghosts.take(hash).frequency, 0U);
    ghosts.insert(hash, 1);
    EXPECT_EQ(ghosts.take(hash).frequency, 1U);
    EXPECT_EQ(ghosts.take(hash).frequency, 0U);
  }
}

TEST(GhostSet, RemembersAlmostAllOfHalfItsCapacity) {
  GhostSet ghosts(100'000);
  const auto hashes = random_hashes(50'000);
  for (const std::uint64_t hash : hashes) ghosts.insert(hash, 1);
  EXPECT_GT(take_all(ghosts, hashes), 49'800U);
}

TEST(GhostSet, ForgetsTheOldestFirst) {
  GhostSet ghosts(31'000);
  const auto old = random_hashes(62'000, 1), young = random_hashes(15'500, 2);
  for (const std::uint64_t hash : old) ghosts.insert(hash, 1);
  for (const std::uint64_t hash : young) ghosts.insert(hash, 1);
  EXPECT_GT(take_all(ghosts, young), 15'300U);
  const std::vector<std::uint64_t> oldest(old.begin(), old.begin() + 31'000);
  EXPECT_LT(take_all(ghosts, oldest), 300U);
}

TEST(GhostSet, SeldomRemembersWhatItNeverSaw) {
  GhostSet ghosts(100'000);
  for (const std::uint64_t hash : random_hashes(200'000, 1)) ghosts.insert(hash, 1);
  const std::size_t expected_at_most = 100'000 * 31 / 4096;
  EXPECT_LT(take_all(ghosts, random_hashes(100'000, 2)), expected_at_most * 13 / 10);
}

TEST(GhostSet, TakesTwoBytesAKey) {
  for (const std::size_t capacity : {10'000U, 100'000U, 1'000'000U}) {
    const GhostSet ghosts(capacity);
    EXPECT_GE(ghosts.capacity(), capacity);
    EXPECT_EQ(ghosts.bytes(), GhostSet::bytes_of(capacity));
    EXPECT_LE(ghosts.bytes(), capacity * 64 / 31 + 4096);
  }
}

TEST(GhostSet, ResizesOnlyByMoreThanAQuarter) {
  GhostSet ghosts(100'000);
  const std::size_t bytes = ghosts.bytes();
  ghosts.insert(7, 1);
  ghosts.resize(120'000);
  ghosts.resize(80'000);
  EXPECT_EQ(ghosts.bytes(), bytes);
  EXPECT_EQ(ghosts.take(7).frequency, 1U);

  ghosts.resize(200'000);
  EXPECT_EQ(ghosts.bytes(), GhostSet::bytes_of(200'000));
  ghosts.insert(7, 1);
  EXPECT_EQ(ghosts.take(7).frequency, 1U);
  ghosts.resize(1'000);
  EXPECT_EQ(ghosts.bytes(), GhostSet::bytes_of(1'000));
  ghosts.resize(0);
  EXPECT_EQ(ghosts.bytes(), 0U);
}

TEST(GhostSet, KnowsTheFrequencyAndHowLongAgoItIs) {
  GhostSet ghosts(31'000);
  for (const std::uint64_t hash : random_hashes(1000, 1)) ghosts.insert(hash, 15);
  for (const std::uint64_t hash : random_hashes(25'000, 2)) ghosts.insert(hash, 1);
  for (const std::uint64_t hash : random_hashes(1000, 3)) ghosts.insert(hash, 7);
  std::size_t old = 0, young = 0;
  for (const std::uint64_t hash : random_hashes(1000, 1)) {
    const auto ghost = ghosts.take(hash);
    old += ghost.frequency == 15 && ghost.age > 0.5F;
  }
  for (const std::uint64_t hash : random_hashes(1000, 3)) {
    const auto ghost = ghosts.take(hash);
    young += ghost.frequency == 7 && ghost.age < 0.25F;
  }
  EXPECT_GT(old, 800U);
  EXPECT_GT(young, 980U);
}

}  // namespace
}  // namespace cocached::store
