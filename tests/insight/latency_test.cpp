#include "insight/latency.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace cocached::insight {
namespace {

using ManagedBuckets = LatencyBuckets;

TEST(LatencyBuckets, HoldWhatFallsIntoThem) {
  std::mt19937_64 random{1};
  for (int i = 0; i < 100'000; ++i) {
    const auto value = random() >> (29 + random() % 35);  // below 2^35
    const auto index = ManagedBuckets::index(value);
    ASSERT_LE(ManagedBuckets::start(index), value);
    ASSERT_LT(value, ManagedBuckets::start(index + 1));
  }
}

TEST(LatencyBuckets, AreNarrow) {
  for (std::size_t i = 16; i < ManagedBuckets::kCount; ++i)
    ASSERT_LE(16 * (ManagedBuckets::start(i + 1) - ManagedBuckets::start(i)),
              ManagedBuckets::start(i))
        << i;
}

TEST(LatencyBuckets, ReachFromANanosecondToHalfAMinute) {
  EXPECT_EQ(ManagedBuckets::index(0), 0U);
  EXPECT_EQ(ManagedBuckets::index(1), 1U);
  EXPECT_EQ(ManagedBuckets::index((std::uint64_t{1} << 35) - 1), ManagedBuckets::kCount - 1);
  EXPECT_EQ(ManagedBuckets::index(std::uint64_t{1} << 35), ManagedBuckets::kCount - 1);
  EXPECT_EQ(ManagedBuckets::index(UINT64_MAX), ManagedBuckets::kCount - 1);
}

LatencyTotals of(std::initializer_list<std::uint64_t> values) {
  LatencyTotals totals;
  for (const auto value : values) {
    totals.add(ManagedBuckets::index(value), 1);
    totals.add_time(value);
  }
  return totals;
}

TEST(LatencyTotals, QuantilesAreWithinThreePercent) {
  LatencyTotals totals;
  std::vector<std::uint64_t> values;
  std::mt19937_64 random{2};
  std::lognormal_distribution<double> duration{9, 2};
  for (int i = 0; i < 20'000; ++i) {
    values.push_back(static_cast<std::uint64_t>(duration(random)) + 100);
    totals.add(ManagedBuckets::index(values.back()), 1);
  }
  std::ranges::sort(values);
  for (const double share : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * 20'000)) - 1;
    const auto exact = static_cast<double>(values[rank]);
    EXPECT_NEAR(totals.quantile(share), exact, 0.032 * exact) << share;
  }
}

TEST(LatencyTotals, QuantileOfNothingIsZero) {
  EXPECT_EQ(LatencyTotals{}.quantile(0.5), 0);
}

TEST(LatencyTotals, CountWhatIsBelowAPowerOfTwo) {
  const auto totals = of({1023, 1024, 1025, 5'000'000, UINT64_MAX});
  EXPECT_EQ(totals.below(1024), 1U);
  EXPECT_EQ(totals.below(2048), 3U);
  EXPECT_EQ(totals.below(std::uint64_t{1} << 34), 4U);
  EXPECT_EQ(totals.below(std::uint64_t{1} << 35), 5U);
}

TEST(LatencyTotals, AddUpAndSubtract) {
  auto totals = of({100, 200});
  const auto earlier = totals;
  totals += of({400});
  EXPECT_EQ(totals.count(), 3U);
  EXPECT_EQ(totals.time(), 700U);
  const auto since = totals - earlier;
  EXPECT_EQ(since.count(), 1U);
  EXPECT_EQ(since.time(), 400U);
  EXPECT_NEAR(since.quantile(0.5), 400, 12);
}

TEST(LatencyRecorder, GivesAllCommandsOfABatchTheTimeOfTheBatch) {
  LatencyRecorder recorder;
  recorder.begin();
  for (int i = 0; i < 3; ++i) recorder.count(Family::get);
  recorder.count(Family::set);
  std::this_thread::sleep_for(std::chrono::milliseconds{2});
  recorder.end();
  Latencies latencies;
  recorder.add_to(latencies);
  EXPECT_EQ(latencies[Family::get].count(), 3U);
  EXPECT_EQ(latencies[Family::set].count(), 1U);
  EXPECT_EQ(latencies[Family::get].time(), 3 * latencies[Family::set].time());
  EXPECT_GE(latencies[Family::set].time(), 1'900'000U);
  EXPECT_EQ(latencies[Family::other].count(), 0U);
}

TEST(LatencyRecorder, CountsABatchOnce) {
  LatencyRecorder recorder;
  recorder.begin();
  recorder.count(Family::touch);
  recorder.end();
  recorder.end();
  Latencies latencies;
  recorder.add_to(latencies);
  EXPECT_EQ(latencies[Family::touch].count(), 1U);
}

TEST(LatencyRecorder, IsReadWhileItIsWritten) {
  LatencyRecorder recorder;
  std::atomic<bool> done = false;
  std::thread writer{[&] {
    for (int i = 0; i < 10'000; ++i) {
      recorder.begin();
      recorder.count(Family::get);
      recorder.end();
    }
    done = true;
  }};
  std::uint64_t last = 0;
  while (!done) {
    Latencies latencies;
    recorder.add_to(latencies);
    EXPECT_GE(latencies[Family::get].count(), last);
    last = latencies[Family::get].count();
  }
  writer.join();
  Latencies latencies;
  recorder.add_to(latencies);
  EXPECT_EQ(latencies[Family::get].count(), 10'000U);
}

}  // namespace
}  // namespace cocached::insight
