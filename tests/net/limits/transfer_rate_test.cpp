#include "net/limits/transfer_rate.hpp"

#include <gtest/gtest.h>

namespace cocached::net {
namespace {

using namespace std::chrono_literals;
using Work = TransferRate::Work;

/// One connection, looked at once a second.
class ProgressTest : public testing::Test {
 protected:
  /// `bytes` move within a second; then it is looked at.
  bool is_slow_after(std::size_t bytes, Work work = Work::request) {
    progress_.add_moved(bytes);
    now_ += 1s;
    return progress_.is_slow(work, now_, 10s);
  }

  TransferRate progress_;
  base::TimePoint now_{};
};

TEST_F(ProgressTest, AByteASecondIsSlowAfterThatTime) {
  for (int second = 0; second <= 9; ++second) EXPECT_FALSE(is_slow_after(1)) << second;
  EXPECT_TRUE(is_slow_after(1));
}

TEST_F(ProgressTest, ManyBytesAreNotSlowHoweverLongTheyTake) {
  for (int second = 0; second < 100; ++second) EXPECT_FALSE(is_slow_after(1100)) << second;
}

TEST_F(ProgressTest, ATransferThatBecomesSlowIsNoticedLater) {
  for (int second = 0; second < 15; ++second) EXPECT_FALSE(is_slow_after(2000)) << second;
  int seconds = 0;
  while (seconds < 100 && !is_slow_after(0)) ++seconds;
  EXPECT_LE(seconds, 20);
}

TEST_F(ProgressTest, BetweenRequestsTheTimeStartsAnew) {
  for (int turn = 0; turn < 10; ++turn) {
    for (int second = 0; second < 8; ++second) EXPECT_FALSE(is_slow_after(1));
    EXPECT_FALSE(is_slow_after(1, Work::none));
  }
}

TEST_F(ProgressTest, AReplyIsOtherWorkThanARequest) {
  for (int second = 0; second < 100; ++second)
    EXPECT_FALSE(is_slow_after(1, second % 8 < 4 ? Work::request : Work::reply));
}

TEST_F(ProgressTest, NoPatienceIsNoLimit) {
  for (int look = 0; look < 100; ++look)
    EXPECT_FALSE(progress_.is_slow(Work::reply, base::TimePoint{look * 1000s}, 0s));
}

TEST_F(ProgressTest, KnowsWhatStandsStill) {
  is_slow_after(5, Work::reply);
  is_slow_after(5, Work::reply);
  EXPECT_FALSE(progress_.stalled());
  is_slow_after(0, Work::reply);
  EXPECT_TRUE(progress_.stalled());
  is_slow_after(1, Work::reply);
  EXPECT_FALSE(progress_.stalled());
}

}  // namespace
}  // namespace cocached::net
