#include "base/clock.hpp"

#include "tests/support/manual_clock.hpp"

#include <gtest/gtest.h>

namespace cocached::base {
namespace {

using namespace std::chrono_literals;

TEST(SystemClockTest, StartsAtZero) {
  const auto before = std::chrono::steady_clock::now();
  const SystemClock clock;
  const auto now = clock.now();
  const auto elapsed = std::chrono::steady_clock::now() - before;
  EXPECT_GE(now.time_since_epoch(), 0ms);
  EXPECT_LE(now.time_since_epoch(), elapsed);
}

TEST(SystemClockTest, NeverGoesBackAndTheCoarseClockNeverRunsAhead) {
  const SystemClock clock;
  TimePoint last{};
  for (int i = 0; i < 10'000; ++i) {
    const auto coarse = clock.coarse_now();
    const auto now = clock.now();
    EXPECT_GE(coarse.time_since_epoch(), 0ms);
    EXPECT_LE(coarse, now);
    EXPECT_GE(now, last);
    last = now;
  }
}

TEST(SystemClockTest, TheWallClockIsTheMachines) {
  const auto before = std::chrono::floor<Duration>(std::chrono::system_clock::now());
  const auto wall = SystemClock{}.wall_now();
  EXPECT_GE(wall, before);
  EXPECT_LE(wall, std::chrono::system_clock::now());
}

TEST(ManualClockTest, IsTurnedByHand) {
  test::ManualClock clock;
  const auto start = clock.now();
  EXPECT_EQ(clock.coarse_now(), start);

  clock.pass(1500ms);
  EXPECT_EQ(clock.now() - start, 1500ms);
  EXPECT_EQ(clock.wall_now(), test::ManualClock::kWallStart + 1500ms);

  clock.set_lag(4ms);
  EXPECT_EQ(clock.now() - clock.coarse_now(), 4ms);

  clock.set_wall(test::ManualClock::kWallStart - 24h);
  EXPECT_EQ(clock.now() - start, 1500ms);
}

}  // namespace
}  // namespace cocached::base
