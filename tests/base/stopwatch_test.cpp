#include "base/stopwatch.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace cocached::base {
namespace {

using namespace std::chrono_literals;

TEST(Stopwatch, AgreesWithTheSteadyClock) {
  const Stopwatch watch;
  const auto earlier = std::chrono::steady_clock::now();
  const auto from = Stopwatch::read();
  const auto inner = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(20ms);
  const std::chrono::duration<double, std::nano> least = std::chrono::steady_clock::now() - inner;
  const auto measured = static_cast<double>(watch.between(from, Stopwatch::read()));
  const std::chrono::duration<double, std::nano> most = std::chrono::steady_clock::now() - earlier;
  EXPECT_GT(measured, 0.99 * least.count());
  EXPECT_LT(measured, 1.01 * most.count());
}

TEST(Stopwatch, NeverRunsBackwards) {
  const Stopwatch watch;
  EXPECT_EQ(watch.between(1000, 1000), 0U);
  EXPECT_EQ(watch.between(1000, 1), 0U);
}

}  // namespace
}  // namespace cocached::base
