#include "bench/process.hpp"

#include <stdexcept>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::bench {
namespace {

TEST(ProcessTest, SeesOwnCpuTimeAndMemory) {
  const ProcessUsage before = process_usage(getpid());
  const double own_before = own_cpu_seconds();
  while (own_cpu_seconds() - own_before < 0.05) {
  }
  const ProcessUsage after = process_usage(getpid());
  // A thread's account may lag by a clock tick.
  EXPECT_GT(after.cpu_seconds - before.cpu_seconds, 0.02);
  EXPECT_GT(after.resident_bytes, 100'000U);
}

TEST(ProcessTest, NoSuchProcess) {
  EXPECT_THROW(process_usage(-5), std::runtime_error);
}

}  // namespace
}  // namespace cocached::bench
