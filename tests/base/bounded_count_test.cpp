#include "base/bounded_count.hpp"

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace cocached::base {
namespace {

/// Runs `work` in four threads at once, and waits for them.
template <class Work>
void in_four_threads(const Work& work) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);
}

TEST(BoundedCount, TakesUpToTheLimitAndNoFurther) {
  BoundedCount count;
  EXPECT_TRUE(count.try_take(60, 100));
  EXPECT_FALSE(count.try_take(41, 100));
  EXPECT_TRUE(count.try_take(40, 100));
  EXPECT_EQ(count.used(), 100U);
  count.give_back(100);
  EXPECT_EQ(count.used(), 0U);
}

TEST(BoundedCount, EachCallNamesItsLimit) {
  BoundedCount count;
  EXPECT_TRUE(count.try_take(50, 50));
  EXPECT_FALSE(count.has_room(1, 50));
  EXPECT_TRUE(count.has_room(50, 100));
  EXPECT_TRUE(count.try_take(50, 100));
}

TEST(BoundedCount, HugeAmountsDoNotWrapAround) {
  BoundedCount count;
  count.take(10);
  EXPECT_FALSE(count.try_take(SIZE_MAX, 100));
  EXPECT_FALSE(count.try_take(SIZE_MAX - 5, SIZE_MAX));
  EXPECT_TRUE(count.try_take(SIZE_MAX - 10, SIZE_MAX));
}

TEST(BoundedCount, RefusesWhileMoreThanTheLimitIsTaken) {
  BoundedCount count;
  count.take(150);
  EXPECT_FALSE(count.try_take(0, 100));
  EXPECT_FALSE(count.try_take(1, 100));
}

TEST(BoundedCount, FourThreadsNeverHoldMoreThanTheLimit) {
  BoundedCount count;
  std::atomic<int> holders{0}, most{0};
  in_four_threads([&] {
    for (int n = 0; n < 50'000; ++n) {
      if (!count.try_take(40, 100)) continue;
      const int now = ++holders;
      if (now > most) most = now;
      --holders;
      count.give_back(40);
    }
  });
  EXPECT_LE(most, 2);
  EXPECT_EQ(count.used(), 0U);
}

TEST(BoundedCount, FourThreadsTakeExactlyWhatThereIs) {
  BoundedCount count;
  std::atomic<int> taken{0};
  in_four_threads([&] {
    while (count.try_take(1, 100'000)) ++taken;
  });
  EXPECT_EQ(taken, 100'000);
  EXPECT_EQ(count.used(), 100'000U);
}

}  // namespace
}  // namespace cocached::base
