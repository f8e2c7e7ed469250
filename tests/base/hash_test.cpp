#include "base/hash.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace cocached::base {
namespace {

using namespace std::string_view_literals;

TEST(HashTest, DependsOnTheBytesAlone) {
  const std::string copy = "some key";
  EXPECT_EQ(hash(copy), hash("some key"));
  EXPECT_EQ(hash("some key, and more"sv.substr(0, 8)), hash("some key"));
}

TEST(HashTest, EveryByteCounts) {
  EXPECT_NE(hash(""), hash("\0"sv));
  EXPECT_NE(hash("a"), hash("a\0"sv));
  EXPECT_NE(hash("a\0b"sv), hash("a\0c"sv));
  EXPECT_NE(hash(std::string(250, 'k')), hash(std::string(249, 'k') + 'l'));
}

/// Shards are chosen by the low bits and index buckets by others, so all of them must be good.
TEST(HashTest, NeighbouringKeysSpreadOverEveryBit) {
  constexpr std::size_t kKeys = 10'000;
  std::array<std::size_t, 64> ones{};
  std::set<std::uint64_t> distinct;
  for (std::size_t i = 0; i < kKeys; ++i) {
    const auto value = hash("key:" + std::to_string(i));
    distinct.insert(value);
    for (std::size_t bit = 0; bit < ones.size(); ++bit) ones[bit] += (value >> bit) & 1;
  }
  EXPECT_EQ(distinct.size(), kKeys);
  // Ten standard deviations: chance alone does not get there.
  EXPECT_GT(*std::ranges::min_element(ones), kKeys / 2 - 500);
  EXPECT_LT(*std::ranges::max_element(ones), kKeys / 2 + 500);
}

}  // namespace
}  // namespace cocached::base
