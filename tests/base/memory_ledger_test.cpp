#include "base/memory_ledger.hpp"

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace cocached::base {
namespace {

TEST(MemoryLedgerTest, WithoutALimitEverythingIsBooked) {
  MemoryLedger ledger;
  EXPECT_TRUE(ledger.try_book(SIZE_MAX / 2, MemoryUse::large));
  EXPECT_FALSE(ledger.is_scarce());
  EXPECT_EQ(ledger.limit(), 0U);
  ledger.give_back(SIZE_MAX / 2);
  EXPECT_EQ(ledger.used(), 0U);
}

TEST(MemoryLedgerTest, NothingIsBookedPastTheLimit) {
  MemoryLedger ledger{100};
  EXPECT_TRUE(ledger.try_book(100, MemoryUse::small));
  EXPECT_FALSE(ledger.try_book(1, MemoryUse::small));
  EXPECT_FALSE(ledger.try_book(SIZE_MAX, MemoryUse::small));  // wraps around nothing
  EXPECT_EQ(ledger.used(), 100U);
  EXPECT_EQ(ledger.refused(), 2U);
}

TEST(MemoryLedgerTest, LargeNeedsFillHalfOfIt) {
  MemoryLedger ledger{100};
  EXPECT_FALSE(ledger.try_book(51, MemoryUse::large));
  EXPECT_TRUE(ledger.is_scarce(51));
  EXPECT_TRUE(ledger.try_book(50, MemoryUse::large));
  EXPECT_TRUE(ledger.is_scarce(1));
  EXPECT_FALSE(ledger.try_book(1, MemoryUse::large));
  EXPECT_TRUE(ledger.try_book(50, MemoryUse::small));
}

TEST(MemoryLedgerTest, ABookingGoesBackOnce) {
  MemoryLedger ledger{100};
  {
    Booking booking{ledger};
    EXPECT_TRUE(booking.try_add(30, MemoryUse::small));
    EXPECT_TRUE(booking.try_add(10, MemoryUse::small));
    EXPECT_THROW(booking.add(61, MemoryUse::small), NoMoreMemory);
    Booking moved{std::move(booking)};
    EXPECT_EQ(moved.bytes(), 40U);
    Booking other{ledger};
    other.add(5, MemoryUse::small);
    moved = std::move(other);
    EXPECT_EQ(ledger.used(), 5U);
  }
  EXPECT_EQ(ledger.used(), 0U);
}

TEST(MemoryLedgerTest, ThreadsNeverBookMoreThanTheLimitTogether) {
  MemoryLedger ledger{1000};
  std::atomic<int> holders{0};
  const auto work = [&] {
    for (int n = 0; n < 10'000; ++n) {
      Booking booking{ledger};
      if (!booking.try_add(600, MemoryUse::small)) continue;
      EXPECT_EQ(holders.fetch_add(1), 0);  // there is no room for two
      holders.fetch_sub(1);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(ledger.used(), 0U);
}

TEST(MemoryLedgerTest, ARefusedLargeAttemptMakesNoSmallOneFail) {
  MemoryLedger ledger{1000};
  std::atomic<bool> done{false};
  std::thread other{[&] {
    while (!done) EXPECT_FALSE(ledger.try_book(5000, MemoryUse::large));
  }};
  while (ledger.refused() == 0) std::this_thread::yield();
  int refused = 0;
  for (int n = 0; n < 2'000'000; ++n) {
    Booking booking{ledger};
    if (!booking.try_add(1, MemoryUse::small)) ++refused;
  }
  done = true;
  other.join();
  EXPECT_EQ(refused, 0);
}

}  // namespace
}  // namespace cocached::base
