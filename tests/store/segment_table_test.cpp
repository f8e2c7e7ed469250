#include "store/segment_table.hpp"

#include "store/pin.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace cocached::store {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

TEST(SegmentTable, TakesFromTheBudgetAndGivesBack) {
  Budget budget(kMiB);
  {
    SegmentTable table(budget);
    Segment* const segment = table.allocate(100'000);
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
  Budget budget(kMiB);
  SegmentTable table(budget);
  EXPECT_EQ(table.allocate(2 * kMiB), nullptr);
  EXPECT_NE(table.allocate(kMiB / 2), nullptr);
  EXPECT_EQ(table.allocate(kMiB / 2 + 1), nullptr);
}

TEST(SegmentTable, UsesNumbersAgainButNeverZero) {
  Budget budget(kMiB);
  SegmentTable table(budget);
  for (int i = 0; i < 1000; ++i) {
    Segment* const segment = table.allocate(4096);
    ASSERT_NE(segment, nullptr);
    EXPECT_EQ(segment->id, 1u);
    EXPECT_NE(segment->place(0), Place{});
    table.retire(*segment);
  }
}

TEST(SegmentTable, ARetiredSegmentLivesUntilItsLastPin) {
  Budget budget(kMiB);
  SegmentTable table(budget);
  Segment* const segment = table.allocate(4096);
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

TEST(SegmentTable, TrimsAndRenews) {
  Budget budget(kMiB);
  SegmentTable table(budget);
  Segment* const segment = table.allocate(64 << 10);
  segment->used = 5000;
  table.trim(*segment);
  EXPECT_EQ(table.memory_bytes(), 8192u);
  EXPECT_TRUE(table.renew(*segment));
  EXPECT_EQ(table.memory_bytes(), std::size_t{64} << 10);
  EXPECT_EQ(segment->used, 0u);
}

}  // namespace
}  // namespace cocached::store
