#include "store/stored_number.hpp"

#include <gtest/gtest.h>

namespace cocached::store {
namespace {

TEST(ParseNumber, ReadsDigits) {
  EXPECT_EQ(parse_number("0"), 0u);
  EXPECT_EQ(parse_number("18446744073709551615"), 18446744073709551615u);
  EXPECT_EQ(parse_number("007"), 7u);
}

TEST(ParseNumber, SkipsBlanksBeforeAndStopsAtBlanksAfter) {
  EXPECT_EQ(parse_number("  12 x"), 12u);
  EXPECT_EQ(parse_number("9 "), 9u);
}

TEST(ParseNumber, RefusesAnythingElse) {
  for (const char* value : {"", " ", "x", "1x", "-1", "18446744073709551616", "1.5", "+-1"}) {
    EXPECT_EQ(parse_number(value), std::nullopt) << value;
  }
}

TEST(Decimal, HasNoPadding) {
  EXPECT_EQ(Decimal(0).text(), "0");
  EXPECT_EQ(Decimal(18446744073709551615u).text(), "18446744073709551615");
}

}  // namespace
}  // namespace cocached::store
