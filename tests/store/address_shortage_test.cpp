#include "tests/store/store_fixture.hpp"

namespace cocached::store {
namespace {

// The system gave less than -m promised (`ulimit -v`): sets were refused, with plenty to evict.
class AddressShortageTest : public StoreTest {
 protected:
  static constexpr std::size_t kSegment = 128 << 10;
  static constexpr std::size_t kMapped = 8 * kMiB;

  WriteResult set(int number, std::size_t size) {
    const std::string key = "k" + std::to_string(number);
    return shard_.write(Key(key), now_, {}, std::string(size, 'v')).result;
  }

  Budget budget_{64 * kMiB};
  CasNumbers cas_{true};
  Shard shard_{options_, budget_, cas_, kSegment};
};

TEST_F(AddressShortageTest, AShardThatMayMapNoMoreEvicts) {
  budget_.set_mapping_limit(kMapped);
  for (int i = 0; i < 400; ++i) {
    for (const std::size_t size : {100U, 20'000U, 60'000U, 500'000U, 1'000'000U}) {
      ASSERT_EQ(set(5 * i + static_cast<int>(size % 7), size), WriteResult::stored) << i;
      ASSERT_LE(budget_.mapped(), kMapped);
    }
  }
  StoreStats stats;
  shard_.add_to(stats);
  EXPECT_GT(stats.evictions, 0u);
  EXPECT_GT(stats.items, 0u);
}

TEST_F(AddressShortageTest, AShardUnmapsSegmentsWhereTheSystemRefusedOne) {
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(set(i, 20'000), WriteResult::stored);
  const std::size_t before = budget_.mapped();
  budget_.lower_mapping_limit();
  for (int i = 0; i < 1000; ++i) set(i + 1000, 20'000);
  EXPECT_LE(budget_.mapped(), before - before / 8);
  EXPECT_EQ(set(5000, 20'000), WriteResult::stored);
}

TEST_F(AddressShortageTest, AShardGrowsAgainWhenAddressesAreFreeAgain) {
  budget_.set_mapping_limit(kMapped);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(set(i, 20'000), WriteResult::stored);
  budget_.raise_mapping_limit();
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(set(i, 20'000), WriteResult::stored);
  EXPECT_GT(budget_.mapped(), kMapped + kMapped / 2);
}

TEST_F(AddressShortageTest, WithoutEvictionNoItemIsLost) {
  options_.evict = false;
  Budget budget(64 * kMiB, 1, false);
  Shard shard(options_, budget, cas_, kSegment);
  const auto set = [&](int number, std::size_t size) {
    const std::string key = "k" + std::to_string(number);
    return shard.write(Key(key), now_, {}, std::string(size, 'v')).result == WriteResult::stored;
  };
  int held = 0;
  while (held < 400 && set(held, 20'000)) ++held;
  for (int i = 0; i < held; i += 4)
    ASSERT_TRUE(set(i, 19'000));  // a quarter of each segment is dead
  budget.set_mapping_limit(budget.mapped());
  for (int i = 0; i < 400; ++i) set(1000 + i, 20'000);
  for (int i = 0; i < 1000; ++i) shard.maintain(now_);
  for (int i = 0; i < held; ++i) {
    const std::string key = "k" + std::to_string(i);
    ASSERT_EQ(shard.read(Key(key), now_, {}, [](const Hit&) {}), ReadResult::hit) << i;
  }
}

TEST_F(AddressShortageTest, AllAddressesAreCountedBack) {
  Budget budget(64 * kMiB);
  {
    Shard shard(options_, budget, cas_, kSegment);
    for (int i = 0; i < 1000; ++i)
      shard.write(Key(std::to_string(i)), now_, {}, std::string(20'000, 'v'));
  }
  EXPECT_EQ(budget.mapped(), 0u);
}

}  // namespace
}  // namespace cocached::store
