#include "bench/workload.hpp"

#include <cstdint>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::bench {
namespace {

using ::testing::ElementsAre;

TEST(WorkloadTest, FillSetsEveryKeyOnce) {
  Options options;
  options.keys = 3;
  const Workload workload = fill_workload(options);
  Request request;
  std::vector<std::uint64_t> keys;
  while (workload(request)) {
    EXPECT_EQ(request.operation, Operation::set);
    keys.insert(keys.end(), request.keys.begin(), request.keys.end());
  }
  EXPECT_THAT(keys, ElementsAre(0, 1, 2));
  EXPECT_FALSE(workload(request));
}

TEST(WorkloadTest, MixKeepsTheRatioAndTheNumber) {
  Options options;
  options.keys = 10;
  options.multiget = 4;
  options.get_ratio = 0.75;
  options.requests = 10'000;
  const Workload workload = mixed_workload(options);
  Request request;
  int gets = 0;
  int all = 0;
  for (; workload(request); ++all) {
    const bool get = request.operation == Operation::get;
    gets += get ? 1 : 0;
    EXPECT_EQ(request.keys.size(), get ? 4U : 1U);
    EXPECT_THAT(request.keys, ::testing::Each(::testing::Lt(10U)));
  }
  EXPECT_EQ(all, 10'000);
  EXPECT_NEAR(gets, 7500, 250);  // more than five standard deviations
}

TEST(WorkloadTest, OneSeedIsOneWorkload) {
  Options options;
  options.requests = 1;
  options.multiget = 8;
  Request first;
  Request second;
  mixed_workload(options)(first);
  mixed_workload(options)(second);
  EXPECT_EQ(first.keys, second.keys);
  options.seed = 2;
  mixed_workload(options)(second);
  EXPECT_NE(first.keys, second.keys);
}

}  // namespace
}  // namespace cocached::bench
