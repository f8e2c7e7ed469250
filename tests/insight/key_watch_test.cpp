#include "insight/key_watch.hpp"

#include <string>

#include <gtest/gtest.h>

namespace cocached::insight {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kMemoryLimit = std::size_t{16} << 20;

HotKeys hot_keys_of(const KeyWatch& watch) {
  HotKeySum sum;
  watch.hot_keys().add_to(sum, base::TimePoint{1s});
  return sum.top(10);
}

TEST(KeyWatch, FindsHotKeysWhereItMay) {
  MissRatioSimulator simulator;
  KeyWatch open{simulator, true};
  KeyWatch discreet{simulator, false};
  for (int i = 0; i < 1000; ++i) {
    open.hit(store::Key{"a"}, 10);
    discreet.hit(store::Key{"a"}, 10);
  }
  ASSERT_EQ(hot_keys_of(open).by_operations.size(), 1U);
  EXPECT_EQ(hot_keys_of(open).by_operations[0].operations, 1000U);
  EXPECT_EQ(hot_keys_of(discreet).operations, 0U);
}

TEST(KeyWatch, PassesOnWhatItHasGathered) {
  MissRatioSimulator simulator;
  KeyWatch watch{simulator, true};
  watch.tick(base::TimePoint{}, kMemoryLimit);
  watch.miss(store::Key{"a"});
  watch.stored(store::Key{"a"}, 100, base::kNever);
  watch.hit(store::Key{"a"}, 100);
  watch.tick(base::TimePoint{1s}, kMemoryLimit);
  const auto curve = simulator.curve(2, 1);
  EXPECT_EQ(curve.keys, 1U);
  for (const auto& point : curve.points) EXPECT_EQ(point.hit_ratio, 0.5) << point.scale;
}

TEST(KeyWatch, TellsTheSimulatorOfAFlush) {
  MissRatioSimulator simulator;
  KeyWatch watch{simulator, true};
  watch.tick(base::TimePoint{}, kMemoryLimit);
  watch.stored(store::Key{"a"}, 100, base::kNever);
  watch.flushed();
  watch.miss(store::Key{"a"});
  watch.tick(base::TimePoint{1s}, kMemoryLimit);
  for (const auto& point : simulator.curve(1, 1).points) EXPECT_EQ(point.hit_ratio, 0);
}

}  // namespace
}  // namespace cocached::insight
