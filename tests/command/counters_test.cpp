#include "command/counters.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace cocached::command {
namespace {

TEST(CountersTest, StartAtZero) {
  Totals totals;
  Counters{}.add_to(totals);
  for (std::size_t i = 0; i < Totals::size(); ++i) EXPECT_EQ(totals[static_cast<Count>(i)], 0U);
}

TEST(CountersTest, AreSummedOverWorkers) {
  Counters first;
  Counters second;
  first.add(Count::get);
  first.add(Count::bytes_read, 100);
  second.add(Count::bytes_read, 11);
  Totals totals;
  first.add_to(totals);
  second.add_to(totals);
  EXPECT_EQ(totals[Count::get], 1U);
  EXPECT_EQ(totals[Count::bytes_read], 111U);
  EXPECT_EQ(totals[Count::set], 0U);
}

TEST(CountersTest, OpenConnectionsAreThoseNotClosed) {
  Totals totals;
  totals.add(Count::connection_opened, 5);
  totals.add(Count::connection_closed, 3);
  EXPECT_EQ(totals.connections(), 2U);
}

TEST(CountersTest, OthersMayReadWhileAWorkerCounts) {
  constexpr std::uint64_t kRounds = 20'000;
  Counters counters;
  std::jthread worker{[&] {
    for (std::uint64_t i = 0; i < kRounds; ++i) counters.add(Count::get);
  }};
  for (std::uint64_t last = 0; last < kRounds;) {
    Totals totals;
    counters.add_to(totals);
    ASSERT_GE(totals[Count::get], last);
    last = totals[Count::get];
  }
}

TEST(CountersTest, NoTwoWorkersShareALineOfCache) {
  EXPECT_EQ(alignof(Counters) % 64, 0U);
}

}  // namespace
}  // namespace cocached::command
