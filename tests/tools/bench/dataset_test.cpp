#include "bench/dataset.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::bench {
namespace {

std::string key(const Dataset& data, std::uint64_t number) {
  std::string text;
  data.append_key(number, text);
  return text;
}

std::string value(const Dataset& data, std::uint64_t number) {
  std::string bytes;
  data.append_value(number, bytes);
  return bytes;
}

TEST(DatasetTest, KeysArePaddedNumbers) {
  const Dataset data(100, 8, {10, 10});
  EXPECT_EQ(key(data, 0), "k0000000");
  EXPECT_EQ(key(data, 42), "k0000042");
  EXPECT_TRUE(data.is_key(42, "k0000042"));
  EXPECT_FALSE(data.is_key(42, "k0000043"));
  EXPECT_FALSE(data.is_key(42, "k000042"));
}

TEST(DatasetTest, RefusesKeySizesThatDoNotFit) {
  EXPECT_NO_THROW(Dataset(1000, 4, {1, 1}));
  EXPECT_THROW(Dataset(1001, 4, {1, 1}), std::invalid_argument);
  EXPECT_NO_THROW(Dataset(1, 250, {1, 1}));
  EXPECT_THROW(Dataset(1, 251, {1, 1}), std::invalid_argument);
}

TEST(DatasetTest, EveryPartOfAValueMatches) {
  const Dataset data(10, 8, {30, 30});
  const std::string whole = value(data, 3);
  ASSERT_EQ(whole.size(), 30U);
  for (std::size_t from = 0; from <= whole.size(); ++from) {
    for (std::size_t size = 0; from + size <= whole.size(); ++size) {
      EXPECT_TRUE(data.matches(3, from, whole.substr(from, size))) << from << '+' << size;
    }
  }
  EXPECT_FALSE(data.matches(3, 0, whole + "x"));
}

TEST(DatasetTest, EveryChangedByteIsFound) {
  const Dataset data(10, 8, {30, 30});
  for (std::size_t i = 0; i < 30; ++i) {
    std::string changed = value(data, 3);
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(data.matches(3, 0, changed)) << i;
  }
}

TEST(DatasetTest, NoTwoKeysShareAValue) {
  const Dataset data(10'000, 8, {8, 8});
  std::set<std::string> values;
  for (std::uint64_t number = 0; number < data.keys(); ++number) values.insert(value(data, number));
  EXPECT_EQ(values.size(), data.keys());
}

TEST(DatasetTest, SizesAreLogUniformOverTheRange) {
  const Dataset data(10'000, 8, {10, 10'000});
  std::size_t low = SIZE_MAX;
  std::size_t high = 0;
  int below_middle = 0;
  for (std::uint64_t number = 0; number < data.keys(); ++number) {
    const std::size_t size = data.value_size(number);
    EXPECT_EQ(size, data.value_size(number));
    low = std::min(low, size);
    high = std::max(high, size);
    below_middle += size < 316 ? 1 : 0;  // the geometric mean of the ends
  }
  EXPECT_EQ(low, 10U);
  EXPECT_EQ(high, 10'000U);
  EXPECT_NEAR(below_middle, 5000, 250);
}

TEST(DatasetTest, ValuesMayBeEmpty) {
  const Dataset data(10, 8, {0, 0});
  EXPECT_EQ(value(data, 1), "");
  EXPECT_TRUE(data.matches(1, 0, ""));
  EXPECT_FALSE(data.matches(1, 0, "x"));
}

}  // namespace
}  // namespace cocached::bench
