#include "insight/heavy_hitters.hpp"

#include "tests/insight/zipf.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace cocached::insight {
namespace {

std::optional<HeavyHitters::Candidate> find(const HeavyHitters& keys, std::string_view key) {
  const auto entries = keys.entries();
  const auto found = std::ranges::find(entries, key, &HeavyHitters::Candidate::key);
  return found == entries.end() ? std::nullopt : std::optional{*found};
}

TEST(HeavyHitters, CountExactlyWhileThereIsRoom) {
  HeavyHitters keys{2};
  keys.add("a", 1, 3, 30);
  keys.add("b", 2, 1, 10);
  keys.add("a", 1, 2, 20);
  ASSERT_TRUE(find(keys, "a"));
  EXPECT_EQ(find(keys, "a")->weight, 5U);
  EXPECT_EQ(find(keys, "a")->side, 50U);
  EXPECT_EQ(find(keys, "a")->error, 0U);
}

TEST(HeavyHitters, GiveTheLightestCounterAway) {
  HeavyHitters keys{2};
  keys.add("a", 1, 5, 50);
  keys.add("b", 2, 2, 20);
  keys.add("c", 3, 1, 7);
  EXPECT_FALSE(find(keys, "b"));
  ASSERT_TRUE(find(keys, "c"));
  EXPECT_EQ(find(keys, "c")->weight, 3U);
  EXPECT_EQ(find(keys, "c")->error, 2U);
  EXPECT_EQ(find(keys, "c")->side, 7U);
}

TEST(HeavyHitters, HoldTheirBoundsOnAZipfStream) {
  constexpr std::size_t kKeys = 20'000;
  constexpr std::uint64_t kLength = 200'000;
  constexpr std::size_t kCounters = 100;
  HeavyHitters keys{kCounters};
  std::vector<std::uint64_t> exact(kKeys);
  const Zipf zipf{kKeys, 1};
  std::mt19937_64 random{3};
  for (std::uint64_t i = 0; i < kLength; ++i) {
    const auto key = zipf(random);
    ++exact[key];
    keys.add(std::to_string(key), key, 1, 0);
  }
  EXPECT_EQ(keys.entries().size(), kCounters);
  for (std::size_t key = 0; key < kKeys; ++key) {
    const auto entry = find(keys, std::to_string(key));
    if (!entry) {
      ASSERT_LE(exact[key], kLength / kCounters) << key;
      continue;
    }
    EXPECT_GE(entry->weight, exact[key]);
    EXPECT_LE(entry->weight - entry->error, exact[key]);
    EXPECT_LE(entry->error, kLength / kCounters);
  }
}

}  // namespace
}  // namespace cocached::insight
