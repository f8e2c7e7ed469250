#include "insight/mini_cache.hpp"

#include <gtest/gtest.h>

namespace cocached::insight {
namespace {

class MiniCacheTest : public testing::Test {
 protected:
  MiniCacheTest() { cache_.make_room_for(1000); }

  /// Segments of one object each.
  void make_room_for(std::size_t objects, std::size_t bytes) {
    cache_.set_capacity(objects * (bytes + MiniCache::kIndexShare), 1);
  }

  std::size_t held() const {
    std::size_t count = 0;
    for (MiniCache::Id id = 0; id <= 1000; ++id) count += cache_.holds(id);
    return count;
  }

  MiniCache cache_;
};

TEST_F(MiniCacheTest, HoldsNoMoreThanItsCapacity) {
  make_room_for(100, 100);
  for (MiniCache::Id id = 0; id < 1000; ++id) cache_.put(id, 100);
  EXPECT_EQ(held(), 100U);
  EXPECT_EQ(cache_.take_evicted().size(), 900U);
  EXPECT_TRUE(cache_.take_evicted().empty());
  make_room_for(10, 100);
  EXPECT_EQ(held(), 10U);
}

TEST_F(MiniCacheTest, RefusesWhatIsLargerThanItself) {
  make_room_for(1, 1000);
  cache_.put(1, 1001);
  EXPECT_FALSE(cache_.holds(1));
  cache_.put(2, 1000);
  EXPECT_TRUE(cache_.holds(2));
}

TEST_F(MiniCacheTest, KeepsWhatIsUsed) {
  make_room_for(100, 100);
  for (MiniCache::Id id = 0; id < 1000; ++id) {
    cache_.put(id, 100);
    if (cache_.holds(0)) cache_.use(0);
  }
  EXPECT_TRUE(cache_.holds(0));
  EXPECT_FALSE(cache_.holds(1));
}

TEST_F(MiniCacheTest, PrefersManySmallOnesToOneLargeOne) {
  make_room_for(100, 100);
  cache_.put(0, 5000);
  for (MiniCache::Id id = 1; id < 80; ++id) cache_.put(id, 100);
  EXPECT_FALSE(cache_.holds(0));
  EXPECT_TRUE(cache_.holds(1));
}

/// Uses of what is young do not count; what was appended last is as old as its segment.
TEST_F(MiniCacheTest, CountsAgeByTheSegment) {
  cache_.set_capacity(100 * (100 + MiniCache::kIndexShare), 1000);
  for (MiniCache::Id id = 0; id < 10; ++id) cache_.put(id, 100);
  cache_.use(9);
  cache_.put(10, 100);  // begins a segment
  cache_.use(10);
  for (MiniCache::Id id = 11; id < 120; ++id) cache_.put(id, 100);
  EXPECT_TRUE(cache_.holds(9));
  EXPECT_FALSE(cache_.holds(8));
  EXPECT_FALSE(cache_.holds(10));
}

TEST_F(MiniCacheTest, ErasesWithoutCountingItAsEvicted) {
  make_room_for(1, 1000);
  cache_.put(1, 600);
  cache_.erase(1);
  EXPECT_FALSE(cache_.holds(1));
  cache_.put(2, 600);
  EXPECT_TRUE(cache_.holds(2));
  EXPECT_TRUE(cache_.take_evicted().empty());
}

TEST_F(MiniCacheTest, StoresOverWhatItHolds) {
  make_room_for(2, 500);
  cache_.put(1, 600);
  cache_.put(1, 900);
  EXPECT_TRUE(cache_.holds(1));
  cache_.put(1, 100);
  cache_.put(2, 900);
  EXPECT_EQ(held(), 2U);
}

}  // namespace
}  // namespace cocached::insight
