#include "net/limits/connection_limit.hpp"

#include <array>
#include <thread>

#include <gtest/gtest.h>

namespace cocached::net {
namespace {

TEST(ConnectionLimitTest, GivesOutSoManyAndNoMore) {
  ConnectionLimit limit{2};
  auto first = limit.take();
  const auto second = limit.take();
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(limit.take());
  EXPECT_EQ(limit.open(), 2U);
  first.reset();
  EXPECT_EQ(limit.open(), 1U);
  EXPECT_TRUE(limit.take());
}

TEST(ConnectionLimitTest, AMovedSlotIsGivenBackOnce) {
  ConnectionLimit limit{1};
  {
    auto slot = *limit.take();
    const auto moved = std::move(slot);
    EXPECT_EQ(limit.open(), 1U);
  }
  EXPECT_EQ(limit.open(), 0U);
}

TEST(ConnectionLimitTest, HoldsForManyThreads) {
  constexpr unsigned kMax = 3;
  ConnectionLimit limit{kMax};
  std::atomic<unsigned> held{0};
  std::atomic<unsigned> most{0};
  {
    std::array<std::jthread, 8> threads;
    for (auto& thread : threads)
      thread = std::jthread{[&] {
        for (int i = 0; i < 1000; ++i) {
          const auto slot = limit.take();
          if (!slot) continue;
          const auto now = ++held;
          for (auto seen = most.load(); seen < now && !most.compare_exchange_weak(seen, now);) {
          }
          --held;
        }
      }};
  }
  EXPECT_LE(most, kMax);
  EXPECT_EQ(limit.open(), 0U);
}

}  // namespace
}  // namespace cocached::net
