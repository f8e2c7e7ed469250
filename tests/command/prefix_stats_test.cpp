#include "command/prefix_stats.hpp"

#include <array>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::command {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(PrefixStatsTest, CountsWhatWasDoneToEachPrefix) {
  PrefixStats prefixes{':', true};
  prefixes.count_get("user:1", true);
  prefixes.count_get("user:2", false);
  prefixes.count_set("user:3:address");
  prefixes.count_delete("page:/");
  EXPECT_EQ(prefixes.dump(),
            "PREFIX page get 0 hit 0 set 0 del 1\r\n"
            "PREFIX user get 2 hit 1 set 1 del 0\r\n"
            "END\r\n");
}

TEST(PrefixStatsTest, KeysWithoutAPrefixAreNotCounted) {
  PrefixStats prefixes{':', true};
  prefixes.count_set("user");
  prefixes.count_set(":user");
  prefixes.count_set("");
  EXPECT_EQ(prefixes.dump(), "END\r\n");
}

TEST(PrefixStatsTest, TheDelimiterCanBeChosen) {
  PrefixStats prefixes{'/', true};
  prefixes.count_set("a:b/c");
  EXPECT_EQ(prefixes.dump(), "PREFIX a:b get 0 hit 0 set 1 del 0\r\nEND\r\n");
}

TEST(PrefixStatsTest, CountsNothingWhileOffAndForgetsNothing) {
  PrefixStats prefixes{':', false};
  prefixes.count_set("a:1");
  EXPECT_EQ(prefixes.dump(), "END\r\n");
  prefixes.enable(true);
  prefixes.count_set("a:1");
  prefixes.enable(false);
  prefixes.count_set("a:1");
  EXPECT_EQ(prefixes.dump(), "PREFIX a get 0 hit 0 set 1 del 0\r\nEND\r\n");
}

TEST(PrefixStatsTest, ResetForgetsEverything) {
  PrefixStats prefixes{':', true};
  prefixes.count_set("a:1");
  prefixes.reset();
  EXPECT_EQ(prefixes.dump(), "END\r\n");
  EXPECT_TRUE(prefixes.enabled());
}

TEST(PrefixStatsTest, TakesNoMoreThanSoManyPrefixes) {
  PrefixStats prefixes{':', true};
  for (std::size_t i = 0; i <= PrefixStats::kMaxPrefixes; ++i)
    prefixes.count_set(std::to_string(i) + ":");
  prefixes.count_set("7:");
  const auto dump = prefixes.dump();
  EXPECT_THAT(dump, HasSubstr("PREFIX 7 get 0 hit 0 set 2 del 0\r\n"));
  EXPECT_THAT(dump, HasSubstr("PREFIX 65535 get"));
  EXPECT_THAT(dump, Not(HasSubstr("PREFIX 65536 get")));
}

TEST(PrefixStatsTest, ThreadsCountTogether) {
  constexpr int kRounds = 2000;
  PrefixStats prefixes{':', true};
  {
    std::array<std::jthread, 4> threads;
    for (auto& thread : threads)
      thread = std::jthread{[&prefixes] {
        for (int i = 0; i < kRounds; ++i) prefixes.count_get("a:1", true);
      }};
  }
  EXPECT_EQ(prefixes.dump(), "PREFIX a get 8000 hit 8000 set 0 del 0\r\nEND\r\n");
}

}  // namespace
}  // namespace cocached::command
