#include "base/block_pool.hpp"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace cocached::base {
namespace {

TEST(BlockPoolTest, HoldsNothingUntilAsked) {
  const BlockPool pool;
  EXPECT_EQ(pool.used(), 0U);
  EXPECT_EQ(pool.free(), 0U);
}

TEST(BlockPoolTest, ABlockGivesItselfBack) {
  BlockPool pool;
  {
    const auto block = pool.take();
    ASSERT_TRUE(block);
    std::ranges::fill(std::span{block.data(), BlockPool::kBlockSize}, 'x');
    EXPECT_EQ(pool.used(), 1U);
    EXPECT_EQ(pool.free(), 0U);
  }
  EXPECT_EQ(pool.used(), 0U);
  EXPECT_EQ(pool.free(), 1U);
}

TEST(BlockPoolTest, TheSameMemoryIsTakenAgain) {
  BlockPool pool;
  const char* first = pool.take().data();
  const auto again = pool.take();
  EXPECT_EQ(again.data(), first);
  EXPECT_EQ(pool.free(), 0U);
}

TEST(BlockPoolTest, AMovedBlockHasOneOwner) {
  BlockPool pool;
  auto block = pool.take();
  const char* bytes = block.data();
  auto moved = std::move(block);
  EXPECT_EQ(moved.data(), bytes);
  EXPECT_EQ(pool.used(), 1U);

  moved = pool.take();  // its old bytes go back
  EXPECT_NE(moved.data(), bytes);
  EXPECT_EQ(pool.used(), 1U);
  EXPECT_EQ(pool.free(), 1U);

  moved = {};
  EXPECT_FALSE(moved);
  EXPECT_EQ(pool.used(), 0U);
  EXPECT_EQ(pool.free(), 2U);
}

TEST(BlockPoolTest, KeepsOneMebibyteForTheNextBurst) {
  constexpr std::size_t kKept = (std::size_t{1} << 20) / BlockPool::kBlockSize;
  BlockPool pool;
  std::vector<BlockPool::Block> burst;
  for (std::size_t i = 0; i < kKept + 10; ++i) burst.push_back(pool.take());
  EXPECT_EQ(pool.used(), kKept + 10);
  burst.clear();
  EXPECT_EQ(pool.used(), 0U);
  EXPECT_EQ(pool.free(), kKept);
}

TEST(BlockPoolTest, GivesOutNoMoreThanTheLedgerHas) {
  MemoryLedger ledger{2 * BlockPool::kBlockSize};
  BlockPool pool{ledger};
  const auto first = pool.take();
  auto second = pool.take();
  EXPECT_THROW(pool.take(), NoMoreMemory);
  EXPECT_EQ(pool.used(), 2U);
  EXPECT_EQ(pool.refused(), 1U);
  second = {};
  EXPECT_NO_THROW(pool.take());
}

TEST(BlockPoolTest, BlocksAreBookedUntilTheyAreTheSystemsAgain) {
  MemoryLedger ledger;
  {
    BlockPool pool{ledger};
    auto block = pool.take();
    EXPECT_EQ(ledger.used(), BlockPool::kBlockSize);
    block = {};
    EXPECT_EQ(ledger.used(), BlockPool::kBlockSize);
    pool.trim();
    EXPECT_EQ(ledger.used(), 0U);
    EXPECT_EQ(pool.free(), 0U);
    block = pool.take();
    block = {};
    EXPECT_EQ(ledger.used(), BlockPool::kBlockSize);
  }
  EXPECT_EQ(ledger.used(), 0U);
}

// Up to 1 MiB of each thread's stock stayed booked, and others were refused meanwhile.
TEST(BlockPoolTest, KeepsNoStockOfWhatOthersLack) {
  MemoryLedger ledger{std::size_t{4} << 20};
  BlockPool pool{ledger}, other{ledger};
  std::vector<BlockPool::Block> blocks;
  for (int i = 0; i < 64; ++i) blocks.push_back(pool.take());
  blocks.clear();
  EXPECT_EQ(pool.free(), 64U);  // there is plenty
  auto last = pool.take();
  Booking large{ledger};
  large.add(ledger.limit() / 2 - ledger.used(), MemoryUse::large);
  EXPECT_TRUE(other.is_scarce());
  last = {};
  EXPECT_EQ(pool.free(), 0U);
  EXPECT_FALSE(other.is_scarce());
  EXPECT_TRUE(other.try_take(MemoryUse::large));
}

TEST(BlockPoolTest, LargeNeedsLeaveHalfToSmallOnes) {
  MemoryLedger ledger{4 * BlockPool::kBlockSize};
  BlockPool pool{ledger};
  std::vector<BlockPool::Block> taken;
  EXPECT_FALSE(pool.is_scarce());
  for (int i = 0; i < 2; ++i) taken.push_back(pool.take(MemoryUse::large));
  EXPECT_TRUE(pool.is_scarce());
  EXPECT_FALSE(pool.try_take(MemoryUse::large));
  for (int i = 0; i < 2; ++i) taken.push_back(pool.take(MemoryUse::small));
  EXPECT_FALSE(pool.try_take(MemoryUse::small));
  EXPECT_EQ(ledger.refused(), 2U);
}

}  // namespace
}  // namespace cocached::base
