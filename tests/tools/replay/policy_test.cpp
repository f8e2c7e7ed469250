#include "replay/policy/policy.hpp"

#include "replay/policy/belady.hpp"
#include "replay/policy/ghost.hpp"
#include "replay/policy/greedy_dual.hpp"
#include "replay/policy/lru.hpp"
#include "replay/policy/s3_fifo.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace cocached::replay {
namespace {

using Keys = std::vector<std::uint32_t>;

/// One character, one request: 'h' for a hit, '.' for a miss.
std::string hits(Policy&& policy, const Keys& trace) {
  std::string result;
  for (auto key : trace) result += policy.request({key, 1}) ? 'h' : '.';
  return result;
}

std::size_t misses(Policy&& policy, const Keys& trace) {
  return static_cast<std::size_t>(std::ranges::count(hits(std::move(policy), trace), '.'));
}

/// Popular keys below 1000, and now and then a long row of others that never come back.
Keys popular_keys_and_scans() {
  std::mt19937 random{};
  std::geometric_distribution<std::uint32_t> popular{0.004};
  Keys trace;
  for (std::uint32_t scan = 0; scan != 20; ++scan) {
    for (int i = 0; i != 3'000; ++i) trace.push_back(popular(random) % 1'000);
    for (std::uint32_t i = 0; i != 500; ++i) trace.push_back(1'000 + scan * 500 + i);
  }
  return trace;
}

TEST(Lru, EvictsWhatWasNotRequestedForLongest) {
  EXPECT_EQ(hits(Lru{2}, {1, 2, 1, 3, 1, 2}), "..h.h.");
}

TEST(Lru, CountsBytes) {
  Lru lru{10};
  lru.request({1, 6});
  lru.request({2, 4});
  EXPECT_TRUE(lru.request({1, 6}));
  lru.request({3, 1});
  EXPECT_TRUE(lru.request({1, 6}));
  EXPECT_FALSE(lru.request({2, 4}));
}

TEST(Belady, EvictsWhatComesLast) {
  const Keys trace{1, 2, 3, 1, 2, 4, 1, 3};
  EXPECT_EQ(hits(Belady{3, trace}, trace), "...hh.hh");
}

TEST(Belady, NobodyHasFewerMisses) {
  const auto trace = popular_keys_and_scans();
  const auto least = misses(Belady{100, trace}, trace);
  EXPECT_LT(least, misses(Lru{100}, trace));
  EXPECT_LT(least, misses(S3Fifo{100}, trace));
  EXPECT_LT(least, misses(GreedyDual{100}, trace));
}

TEST(S3Fifo, ScansLeaveWhatIsPopular) {
  const auto trace = popular_keys_and_scans();
  EXPECT_LT(misses(S3Fifo{200}, trace), misses(Lru{200}, trace));
}

TEST(GreedyDual, ScansLeaveWhatIsPopular) {
  const auto trace = popular_keys_and_scans();
  EXPECT_LT(misses(GreedyDual{200}, trace), misses(Lru{200}, trace));
}

TEST(GreedyDual, EverythingFitsNothingIsEvicted) {
  const auto trace = popular_keys_and_scans();
  const Keys distinct = [&] {
    auto keys = trace;
    std::ranges::sort(keys);
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
  }();
  EXPECT_EQ(misses(GreedyDual{2 * distinct.size()}, trace), distinct.size());
}

TEST(GreedyDual, SmallObjectsOfEqualPopularityStay) {
  GreedyDual cache{100'000};
  std::mt19937 random{};
  std::size_t small_hits = 0;
  std::size_t large_hits = 0;
  for (int i = 0; i != 50'000; ++i) {
    const auto key = random() % 1'000;
    const bool small = key % 2 == 0;
    const bool hit = cache.request({static_cast<std::uint32_t>(key), small ? 100U : 1'000U});
    if (hit) ++(small ? small_hits : large_hits);
  }
  EXPECT_GT(small_hits, 3 * large_hits);
}

TEST(GreedyDual, RunsTwiceTheSame) {
  const auto trace = popular_keys_and_scans();
  EXPECT_EQ(hits(GreedyDual{150}, trace), hits(GreedyDual{150}, trace));
}

TEST(Ghost, ForgetsTheOldestAndWhatWasTaken) {
  Ghost ghost;
  for (std::uint32_t key = 1; key != 5; ++key) ghost.remember(key, key, 3);
  EXPECT_EQ(ghost.take(1).note, 0U);
  EXPECT_EQ(ghost.take(4).note, 4U);
  EXPECT_EQ(ghost.take(4).note, 0U);
  EXPECT_EQ(ghost.take(2).age, 3U);
}

TEST(Ghost, RemembersTheLatestNote) {
  Ghost ghost;
  ghost.remember(1, 1, 2);
  ghost.remember(1, 7, 2);
  ghost.remember(2, 1, 2);
  EXPECT_EQ(ghost.take(1).note, 7U);
}

}  // namespace
}  // namespace cocached::replay
