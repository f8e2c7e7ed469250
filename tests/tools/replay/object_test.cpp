#include "replay/object.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace cocached::replay {
namespace {

TEST(ObjectSizes, FixedSizeIsTheSameForAll) {
  const auto sizes = ObjectSizes::parse("4096");
  EXPECT_EQ(sizes.of(0), 4096U);
  EXPECT_EQ(sizes.of(77), 4096U);
}

TEST(ObjectSizes, RangeIsLogUniform) {
  const auto sizes = ObjectSizes::parse("256-16384");
  std::vector<std::size_t> drawn;
  for (std::uint32_t key = 0; key != 10'001; ++key) drawn.push_back(sizes.of(key));
  std::ranges::sort(drawn);
  EXPECT_GE(drawn.front(), 256U);
  EXPECT_LE(drawn.back(), 16'384U);
  EXPECT_NEAR(static_cast<double>(drawn[5'000]), 2'048, 150);  // the geometric mean of the ends
}

TEST(ObjectSizes, SameKeySameSize) {
  const ObjectSizes sizes{256, 16'384};
  EXPECT_EQ(sizes.of(12'345), sizes.of(12'345));
}

TEST(ObjectSizes, RefusesWhatIsNoSize) {
  for (const auto* text : {"", "0", "x", "12x", "5-", "-5", "9-5", "1-2-3"}) {
    EXPECT_THROW(ObjectSizes::parse(text), std::invalid_argument) << text;
  }
}

TEST(Objects, KeyIsHexadecimal) {
  EXPECT_EQ(Objects::key(0xbeef), "k:0000beef");
  EXPECT_EQ(Objects::key(0xffffffff).size(), Objects::kKeySize);
}

TEST(Objects, ValueHasItsSizeAndIsReproducible) {
  const Objects one{ObjectSizes{100, 200}};
  const Objects other{ObjectSizes{100, 200}};
  EXPECT_EQ(one.value(7).size(), one.size(7));
  EXPECT_EQ(one.value(7), other.value(7));
  EXPECT_NE(one.value(7).substr(0, 100), one.value(8).substr(0, 100));
}

}  // namespace
}  // namespace cocached::replay
