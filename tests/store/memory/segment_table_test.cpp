#include "store/memory/segment_table.hpp"

#include "store/pin.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace cocached::store {
namespace {

constexpr std::size_t kMemory = std::size_t{1} << 20;
constexpr std::size_t kGrain = 8192;

/// A segment all of which is paid for; null where the budget doesn't have it.
Segment* whole(SegmentTable& table, std::size_t size) {
  Segment* const segment = table.allocate(size);
  if (segment == nullptr || table.extend(*segment, segment->size())) return segment;
  table.retire(*segment);
  return nullptr;
}

TEST(SegmentTable, TakesFromTheBudgetAndGivesBack) {
  Budget budget(kMemory);
  {
    SegmentTable table(budget, kGrain);
    Segment* const segment = whole(table, 100'000);
    ASSERT_NE(segment, nullptr);
    EXPECT_GE(segment->size(), 100'000u);
    EXPECT_EQ(table.memory_bytes(), segment->size());
    EXPECT_GE(budget.used(), segment->size());
    table.retire(*segment);
    EXPECT_EQ(table.memory_bytes(), 0u);
    EXPECT_EQ(budget.used(), table.bytes());
  }
  EXPECT_EQ(budget.used(), 0u);
}

TEST(SegmentTable, RefusesWhatTheBudgetDoesNotHave) {
  Budget budget(kMemory);
  SegmentTable table(budget, kGrain);
  EXPECT_EQ(whole(table, 2 * kMemory), nullptr);
  EXPECT_NE(whole(table, kMemory / 2), nullptr);
  EXPECT_EQ(whole(table, kMemory / 2 + 1), nullptr);
}

// A value above a quarter of its shard's share was copied under the lock by each reader.
TEST(SegmentTable, OneLargeSegmentMayBePinnedHoweverSmallTheShareIs) {
  Budget budget(kMemory, 4);
  SegmentTable table(budget, kGrain);
  Segment* const first = whole(table, kMemory / 8);
  Segment* const second = whole(table, kMemory / 8);
  ASSERT_TRUE(first != nullptr && second != nullptr);
  EXPECT_FALSE(first->try_pin());  // of many records
  first->large = second->large = true;
  EXPECT_TRUE(first->try_pin());
  EXPECT_TRUE(first->try_pin());
  EXPECT_FALSE(second->try_pin());
  first->unpin();
  first->unpin();
  EXPECT_TRUE(second->try_pin());
  second->unpin();
  table.retire(*first);
  table.retire(*second);
}

TEST(SegmentTable, UsesNumbersAgainButNeverZero) {
  Budget budget(kMemory);
  SegmentTable table(budget, kGrain);
  for (int i = 0; i < 1000; ++i) {
    Segment* const segment = whole(table, 4096);
    ASSERT_NE(segment, nullptr);
    EXPECT_EQ(segment->id, 1u);
    EXPECT_NE(segment->place(0), Place{});
    table.retire(*segment);
  }
}

TEST(SegmentTable, UsesMappingsOfOneSizeAgainAndFindsThemEmpty) {
  Budget budget(kMemory);
  SegmentTable table(budget, kGrain);
  Segment* const segment = whole(table, kMemory / 4);
  const char* const before = segment->data();
  segment->data()[0] = segment->data()[kMemory / 4 - 1] = 'x';
  table.retire(*segment);
  EXPECT_EQ(table.memory_bytes(), 0u);
  EXPECT_NE(whole(table, kMemory / 8)->data(), before);
  Segment* const again = whole(table, kMemory / 4);
  EXPECT_EQ(again->data(), before);
  EXPECT_EQ(again->data()[0], 0);
  EXPECT_EQ(again->data()[kMemory / 4 - 1], 0);
}

TEST(SegmentTable, ARetiredSegmentLivesUntilItsLastPin) {
  Budget budget(kMemory);
  SegmentTable table(budget, kGrain);
  Segment* const segment = whole(table, 4096);
  segment->data()[0] = 'x';
  Pin first(*segment), second(*segment);
  table.retire(*segment);
  EXPECT_EQ(table.retired_bytes(), 4096u);
  first = Pin();
  EXPECT_EQ(segment->data()[0], 'x');
  std::jthread([&] { second = Pin(); }).join();
  EXPECT_EQ(table.retired_bytes(), 0u);
  EXPECT_EQ(table.memory_bytes(), 0u);
}

TEST(SegmentTable, MemoryIsPaidForAsItIsFilledAndTrimmedToPages) {
  Budget budget(kMemory);
  SegmentTable table(budget, kGrain);
  Segment* const segment = table.allocate(64 << 10);
  EXPECT_EQ(table.memory_bytes(), 0u);
  EXPECT_TRUE(table.extend(*segment, 1));
  EXPECT_EQ(table.memory_bytes(), kGrain);
  EXPECT_TRUE(table.extend(*segment, kGrain + 1));
  EXPECT_EQ(table.memory_bytes(), 2 * kGrain);
  segment->used = kGrain + 1;
  table.trim(*segment);
  EXPECT_EQ(table.memory_bytes(), kGrain + 4096);
}

TEST(SegmentTable, TheReservePaysWhatTheBudgetCannot) {
  Budget budget(kMemory);
  SegmentTable table(budget, kGrain);
  Segment* const segment = table.allocate(64 << 10);
  Charge reserve(budget);
  ASSERT_TRUE(reserve.try_add(kGrain));
  Charge rest(budget);
  ASSERT_TRUE(rest.try_add(budget.limit() - budget.used()));
  EXPECT_FALSE(table.extend(*segment, 1));
  EXPECT_TRUE(table.extend(*segment, 1, reserve));
  EXPECT_EQ(reserve.bytes(), 0u);
  EXPECT_EQ(budget.used(), budget.limit());
  EXPECT_FALSE(table.extend(*segment, kGrain + 1, reserve));
}

TEST(SegmentTable, TheFrontGoesBackInGrainsWhileTheRestStays) {
  Budget budget(kMemory);
  SegmentTable table(budget, kGrain);
  Segment* const segment = whole(table, 64 << 10);
  segment->data()[0] = 'a';
  segment->data()[2 * kGrain] = 'b';
  table.release_before(*segment, 3 * kGrain - 1);
  EXPECT_EQ(table.memory_bytes(), (std::size_t{64} << 10) - 2 * kGrain);
  EXPECT_EQ(segment->data()[0], 0);
  EXPECT_EQ(segment->data()[2 * kGrain], 'b');
  table.retire(*segment);
  EXPECT_EQ(budget.used(), table.bytes());
}

}  // namespace
}  // namespace cocached::store
