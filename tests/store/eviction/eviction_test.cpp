#include "tests/store/store_fixture.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <string_view>

namespace cocached::store {
namespace {

/// A store full of items, some of which were read again and again until a long row of others came.
class EvictionTest : public StoreTest {
 protected:
  static constexpr int kPopular = 2000;
  static constexpr std::size_t kSize = 400;

  void fill(std::string_view prefix, int count) {
    for (int i = 0; i < count; ++i) write(std::string(prefix) + std::to_string(i), value());
  }

  int popular_held() {
    int held = 0;
    for (int i = 0; i < kPopular; ++i) held += get("popular" + std::to_string(i)).has_value();
    return held;
  }

  /// Popular items among as many others as make memory full several times.
  void make_popular() {
    fill("popular", kPopular);
    for (int round = 0; round < 12; ++round) {
      fill("other" + std::to_string(round) + "/", kFull / 4);
      popular_held();
    }
  }

  void scan(int memories) {
    for (int n = 0; n < memories; ++n) fill("scan" + std::to_string(n) + "/", kFull);
  }

  static std::string value() { return std::string(kSize, 'v'); }

  static constexpr int kFull = static_cast<int>(8 * kMiB / 440);
};

TEST_F(EvictionTest, AReadItemStays) {
  options_.memory_limit = 8 * kMiB;
  make_popular();
  EXPECT_GE(popular_held(), kPopular * 9 / 10);
}

/// Memory that is full to the last byte, and stays so whatever is freed.
TEST_F(EvictionTest, RemembersWhatLeftWhereMemoryIsFull) {
  options_.memory_limit = 8 * kMiB;
  for (int i = 0; i < 30'000; ++i) {
    write("key" + std::to_string(i), std::string(1000, 'v'));
    if (i % 1024 == 0) store().maintain(now_);
  }
  EXPECT_GT(store().stats().evictions, 20'000U);
  EXPECT_GT(store().stats().ghost_bytes, 0U);
}

/// Some of it was, where survivors of many sizes found no segment with room.
TEST_F(EvictionTest, AReadItemIsNotDroppedForLackOfRoom) {
  options_.memory_limit = 4 * kMiB;
  std::minstd_rand random;
  for (int i = 0; i < 100'000; ++i) {
    const std::size_t item = std::min(random() % 1500, random() % 1500);
    const std::string key = "key" + std::to_string(item);
    if (!get(key)) write(key, std::string(256U << item % 7, 'v'));
  }
  EXPECT_GT(store().stats().reinsertions, 1000U);
  EXPECT_LT(store().stats().evicted_active, 10U);
}

TEST_F(EvictionTest, WithLruToo) {
  options_.memory_limit = 8 * kMiB;
  options_.eviction = EvictionPolicy::lru;
  make_popular();
  EXPECT_GE(popular_held(), kPopular * 9 / 10);
}

TEST_F(EvictionTest, AScanLeavesWhatIsPopular) {
  options_.memory_limit = 8 * kMiB;
  make_popular();
  scan(2);
  EXPECT_GE(popular_held(), kPopular / 2);
}

TEST_F(EvictionTest, WithLruAScanTakesAll) {
  options_.memory_limit = 8 * kMiB;
  options_.eviction = EvictionPolicy::lru;
  make_popular();
  scan(3);
  EXPECT_EQ(popular_held(), 0);
  EXPECT_EQ(store().stats().ghost_bytes, 0u);
}

TEST_F(EvictionTest, WithLruSizeDoesNotMatter) {
  options_.memory_limit = 8 * kMiB;
  options_.eviction = EvictionPolicy::lru;
  for (int i = 0; i < 3000; ++i) {
    write("small" + std::to_string(i), std::string(100, 's'));
    write("large" + std::to_string(i), std::string(10'000, 'l'));
  }
  int small = 0, large = 0;
  for (int i = 0; i < 3000; ++i) {
    small += get("small" + std::to_string(i)).has_value();
    large += get("large" + std::to_string(i)).has_value();
  }
  EXPECT_GT(large, 300);
  EXPECT_NEAR(small, large, 30);
}

}  // namespace
}  // namespace cocached::store
