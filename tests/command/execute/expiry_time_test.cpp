#include "command/execute/expiry_time.hpp"

#include "tests/support/manual_clock.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace cocached::command {
namespace {

using namespace std::chrono_literals;

constexpr protocol::ExpiryTime kThirtyDays = 2'592'000;
constexpr auto kLatest = 1ms;  // a promise is kept to the millisecond, and never broken early

class ExpirationTest : public testing::Test {
 protected:
  /// How long from now an item with this expiry time lives.
  base::Duration left(protocol::ExpiryTime expiry) const {
    return deadline_of(expiry, clock_) - clock_.now();
  }

  protocol::ExpiryTime unix_time(std::chrono::seconds from_now) const {
    return std::chrono::floor<std::chrono::seconds>(clock_.wall_now() + from_now)
        .time_since_epoch()
        .count();
  }

  void expect_left(protocol::ExpiryTime expiry, base::Duration at_least) const {
    EXPECT_GE(left(expiry), at_least) << expiry;
    EXPECT_LE(left(expiry), at_least + kLatest) << expiry;
  }

  /// Gone already: even the first moment of the server's time is not before it.
  void expect_expired(protocol::ExpiryTime expiry) const {
    EXPECT_LE(deadline_of(expiry, clock_).time_since_epoch(), 0ms) << expiry;
  }

  test::ManualClock clock_;
};

TEST_F(ExpirationTest, ZeroIsNever) {
  EXPECT_EQ(deadline_of(0, clock_), base::kNever);
}

TEST_F(ExpirationTest, BelowZeroIsAtOnce) {
  expect_expired(-1);
  expect_expired(-kThirtyDays);
  expect_expired(std::numeric_limits<protocol::ExpiryTime>::min());
}

TEST_F(ExpirationTest, UpToThirtyDaysCountFromNow) {
  expect_left(1, 1s);
  expect_left(60, 60s);
  expect_left(kThirtyDays - 1, 720h - 1s);
  expect_left(kThirtyDays, 720h);
}

TEST_F(ExpirationTest, OneSecondMoreIsAMomentOf1970) {
  expect_expired(kThirtyDays + 1);
}

TEST_F(ExpirationTest, AboveThirtyDaysIsUnixTime) {
  expect_left(unix_time(1s), 1s);
  expect_left(unix_time(24h), 24h);
  expect_left(unix_time(10'000h), 10'000h);
}

TEST_F(ExpirationTest, APastUnixTimeIsAtOnce) {
  expect_expired(unix_time(0s));
  expect_expired(unix_time(-1s));
  expect_expired(unix_time(-10'000h));
}

TEST_F(ExpirationTest, AfterAFractionOfASecondUnixTimeIsStillExact) {
  clock_.pass(250ms);
  expect_left(unix_time(1s), 750ms);
  expect_left(1, 1s);
}

TEST_F(ExpirationTest, UnixTimesPast2038AreNoLessExact) {
  constexpr protocol::ExpiryTime kFeb2106 = 4'294'967'296;
  const auto wall = std::chrono::seconds{unix_time(0s)};
  expect_left(kFeb2106, std::chrono::seconds{kFeb2106} - wall);
}

TEST_F(ExpirationTest, TheLargestNumberDoesNotOverflow) {
  const auto most = std::numeric_limits<protocol::ExpiryTime>::max();
  EXPECT_GT(left(most), 876'000h);
  EXPECT_LT(deadline_of(most, clock_), base::kNever);
}

TEST_F(ExpirationTest, ADeadlineIsNotMovedByTheWallClock) {
  const auto relative = deadline_of(60, clock_);
  const auto absolute = deadline_of(unix_time(60s), clock_);
  clock_.set_wall(clock_.wall_now() + 1000h);
  EXPECT_EQ(relative - clock_.now(), 60s + kLatest);
  EXPECT_EQ(absolute - clock_.now(), 60s + kLatest);
}

TEST_F(ExpirationTest, RelativeTimesDoNotCareWhatTheWallClockSays) {
  clock_.set_wall(test::ManualClock::WallTime{});
  expect_left(60, 60s);
  clock_.set_wall(test::ManualClock::WallTime{1'000'000h});
  expect_left(60, 60s);
}

TEST_F(ExpirationTest, UnixTimeIsMeasuredAgainstTheWallClockOfTheMoment) {
  const auto at = unix_time(60s);
  clock_.set_wall(clock_.wall_now() - 1h);
  expect_left(at, 1h + 60s);
  clock_.set_wall(clock_.wall_now() + 2h);
  expect_expired(at);
}

TEST(SecondsLeftTest, AreWholeHoweverFarTheCoarseClockLags) {
  const base::TimePoint now{std::chrono::hours{1}};
  EXPECT_EQ(seconds_left(base::kNever, now), std::nullopt);
  for (const int lag : {1, 11}) EXPECT_EQ(seconds_left(now + 30s + base::Duration{lag}, now), 30);
  EXPECT_EQ(seconds_left(now + 30s + base::Duration{12}, now), 31);
  EXPECT_EQ(seconds_left(now + base::Duration{12}, now), 1);
  EXPECT_EQ(seconds_left(now + base::Duration{11}, now), 0);
}

TEST_F(ExpirationTest, CountsFromTheExactClock) {
  clock_.set_lag(10ms);
  expect_left(1, 1s);
}

}  // namespace
}  // namespace cocached::command
