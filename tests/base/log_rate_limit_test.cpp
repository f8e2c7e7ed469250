#include "base/log_rate_limit.hpp"

#include <gtest/gtest.h>

namespace cocached::base {
namespace {

using namespace std::chrono_literals;

TEST(LogRateLimit, LetsItsNumberThroughInEachSecond) {
  LogRateLimit limit{2};
  for (const auto second : {5s, 6s, 100s}) {
    EXPECT_TRUE(limit.ask(second).write);
    EXPECT_TRUE(limit.ask(second).write);
    EXPECT_FALSE(limit.ask(second).write);
  }
}

TEST(LogRateLimit, SaysOnceHowManyWereLeftOut) {
  LogRateLimit limit{1};
  for (int i = 0; i < 4; ++i) EXPECT_EQ(limit.ask(1s).left_out, 0U);
  EXPECT_EQ(limit.ask(2s).left_out, 3U);
  EXPECT_EQ(limit.ask(2s).left_out, 0U);
  EXPECT_EQ(limit.ask(3s).left_out, 1U);
}

TEST(LogRateLimit, ALimitOfZeroIsNoLimit) {
  LogRateLimit limit{0};
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(limit.ask(1s).write);
}

}  // namespace
}  // namespace cocached::base
