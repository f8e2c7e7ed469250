#include "store/memory/arrivals.hpp"

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace cocached::store {
namespace {

TEST(Arrivals, SharesGoBackOnce) {
  Arrivals arrivals;
  {
    auto share = arrivals.take(60, 100);
    ASSERT_TRUE(share);
    EXPECT_FALSE(arrivals.take(41, 100));
    const Arrivals::Share moved = std::move(*share);
    EXPECT_EQ(arrivals.used(), 60U);
  }
  EXPECT_EQ(arrivals.used(), 0U);
}

// A refused value was counted for a moment: values for which there was room were refused with it.
TEST(Arrivals, ARefusedValueMakesNoOtherBeRefused) {
  Arrivals arrivals;
  std::atomic<bool> done{false};
  std::atomic<int> large_ones{0};
  std::vector<std::jthread> others;
  for (int i = 0; i < 3; ++i) {
    others.emplace_back([&] {
      while (!done) large_ones += arrivals.take(5000, 1000) ? 1 : 0;
    });
  }
  int refused = 0;
  for (int n = 0; n < 1'000'000; ++n) refused += arrivals.take(1, 1000) ? 0 : 1;
  done = true;
  others.clear();
  EXPECT_EQ(refused, 0);
  EXPECT_EQ(large_ones, 0);
  EXPECT_EQ(arrivals.used(), 0U);
}

}  // namespace
}  // namespace cocached::store
