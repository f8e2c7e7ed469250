#include "insight/hot_keys.hpp"

#include "tests/insight/zipf.hpp"

#include <string>

#include <gtest/gtest.h>

namespace cocached::insight {
namespace {

using namespace std::chrono_literals;

/// A worker that counts as KeyWatch does.
class Worker {
 public:
  void use(std::string_view key, std::uint64_t bytes) {
    if (--until_ == 0) until_ = counter.add(store::Key{key}, bytes);
  }
  HotKeyCounter counter;

 private:
  std::uint64_t until_ = 1;
};

HotKeys top_of(std::initializer_list<const Worker*> workers, std::size_t count = 20) {
  HotKeySum sum;
  for (const auto* worker : workers) worker->counter.add_to(sum, base::TimePoint{1min});
  return sum.top(count);
}

TEST(HotKeys, AreExactOnFewCommands) {
  Worker worker;
  for (int i = 0; i < 30; ++i) worker.use("often", 1);
  for (int i = 0; i < 3; ++i) worker.use("large", 1000);
  worker.use("missing", 0);
  const auto keys = top_of({&worker});
  EXPECT_EQ(keys.operations, 34U);
  EXPECT_EQ(keys.bytes, 3030U);
  ASSERT_EQ(keys.by_operations.size(), 3U);
  EXPECT_EQ(keys.by_operations[0].key, "often");
  EXPECT_EQ(keys.by_operations[0].operations, 30U);
  EXPECT_EQ(keys.by_operations[0].bytes, 30U);
  ASSERT_EQ(keys.by_bytes.size(), 2U);
  EXPECT_EQ(keys.by_bytes[0].key, "large");
  EXPECT_EQ(keys.by_bytes[0].bytes, 3000U);
  EXPECT_EQ(keys.by_bytes[0].operations, 3U);
}

TEST(HotKeys, AllWorkersAreSummedUp) {
  Worker one;
  Worker other;
  for (int i = 0; i < 10; ++i) one.use("one", 1);
  for (int i = 0; i < 8; ++i) {
    one.use("both", 1);
    other.use("both", 1);
  }
  const auto keys = top_of({&one, &other}, 1);
  ASSERT_EQ(keys.by_operations.size(), 1U);
  EXPECT_EQ(keys.by_operations[0].key, "both");
  EXPECT_EQ(keys.by_operations[0].operations, 16U);
}

TEST(HotKeys, AZipfStreamIsNearTheExactCounts) {
  constexpr std::size_t kKeys = 20'000;
  constexpr int kLength = 2'000'000;
  std::vector<double> exact(kKeys);
  std::vector<std::string> names;
  for (std::size_t key = 0; key < kKeys; ++key) names.push_back("key:" + std::to_string(key));
  const Zipf zipf{kKeys, 1};
  std::mt19937_64 random{4};
  Worker worker;
  for (int i = 0; i < kLength; ++i) {
    const auto key = zipf(random);
    ++exact[key];
    worker.use(names[key], 100);
  }
  const auto keys = top_of({&worker}, 10);
  EXPECT_NEAR(static_cast<double>(keys.operations), kLength, 0.03 * kLength);
  ASSERT_EQ(keys.by_operations.size(), 10U);
  for (const auto& found : keys.by_operations) {
    const auto number = std::stoul(found.key.substr(4));
    EXPECT_LT(number, 20U) << "not among the twenty that are asked for most";
    EXPECT_NEAR(static_cast<double>(found.operations), exact[number], 0.2 * exact[number]);
  }
  EXPECT_EQ(keys.by_operations.front().key, "key:0");
}

TEST(HotKeys, AreNoneWhereAllKeysAreAlike) {
  Worker worker;
  for (int i = 0; i < 300'000; ++i) worker.use("key:" + std::to_string(i), 10);
  EXPECT_LT(top_of({&worker}).by_operations.size(), 3U);
}

TEST(HotKeys, AHeavyMinorityIsFoundByBytes) {
  Worker worker;
  std::mt19937_64 random{5};
  for (int i = 0; i < 200'000; ++i) {
    const bool large = random() % 1000 == 0;
    worker.use(large ? "large" : "small:" + std::to_string(random() % 1000), large ? 100'000 : 50);
  }
  const auto keys = top_of({&worker});
  ASSERT_FALSE(keys.by_bytes.empty());
  EXPECT_EQ(keys.by_bytes.front().key, "large");
  EXPECT_NEAR(static_cast<double>(keys.by_bytes.front().bytes), 2e7, 1e7);
}

TEST(HotKeys, AreForgottenAfterTenMinutes) {
  Worker worker;
  worker.counter.tick(base::TimePoint{1s});
  worker.use("old", 1);
  worker.counter.tick(base::TimePoint{4min});
  EXPECT_EQ(top_of({&worker}).by_operations.size(), 1U);
  worker.counter.tick(base::TimePoint{5min});
  worker.use("new", 1);
  EXPECT_EQ(top_of({&worker}).by_operations.size(), 2U);
  worker.counter.tick(base::TimePoint{10min});
  ASSERT_EQ(top_of({&worker}).by_operations.size(), 1U);
  EXPECT_EQ(top_of({&worker}).by_operations[0].key, "new");
}

}  // namespace
}  // namespace cocached::insight
