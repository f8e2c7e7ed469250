#include "protocol/text/text_parser.hpp"

#include "protocol/limits.hpp"
#include "tests/protocol/meanings.hpp"

#include <string>

#include <gtest/gtest.h>

namespace cocached::protocol {
namespace {

const std::string kLongestKey(kMaxKeySize, 'k');
const std::string kTooLongKey(kMaxKeySize + 1, 'k');

TEST(TextParserTest, Get) {
  check({{"get a", "get [ a]"},
         {"get a b  a", "get [ a b  a]"},
         {"get   a  ", "get [   a  ]"},
         {"get a noreply", "get [ a noreply]"},
         {"get a\tb", "get [ a\tb]"},
         {"gets a", "get [ a] with cas"},
         {"bget a b", "get [ a b]"},
         {"get " + kLongestKey, "get [ " + kLongestKey + "]"}});
  check({{"get", kMalformed},
         {"get ", kMalformed},
         {"gets    ", kMalformed},
         {"get " + kTooLongKey, kMalformed},
         {"get a b " + kTooLongKey + " c", kMalformed}});
}

TEST(TextParserTest, GetTakesMoreKeysThanALineHasWords) {
  std::string keys;
  for (int i = 0; i < 1000; ++i) keys += " key" + std::to_string(i);
  EXPECT_EQ(parsed("get" + keys + "\r\n"), "get [" + keys + "]");
}

TEST(TextParserTest, GetAndTouch) {
  constexpr const char* kBadExpiry = "\"CLIENT_ERROR invalid exptime argument\"";
  check({{"gat 10 a b", "get [ a b] touch=10"},
         {"gat 0 a", "get [ a] touch=0"},
         {"gats -1 a", "get [ a] touch=-1 with cas"},
         {"gat 4294967296 a", "get [ a] touch=4294967296"}});
  check({{"gat", kMalformed},
         {"gat 10", kMalformed},
         {"gat 10 ", kMalformed},
         {"gat a", kMalformed},
         {"gat a b", kBadExpiry},
         {"gats 1x b", kBadExpiry},
         {"gat 10 " + kTooLongKey, kMalformed}});
}

TEST(TextParserTest, Storage) {
  check({{"set k 1 2 3", "set [k] flags=1 expiry=2 length=3"},
         {"add k 1 2 3", "add [k] flags=1 expiry=2 length=3"},
         {"replace k 1 2 3", "replace [k] flags=1 expiry=2 length=3"},
         {"append k 1 2 3", "append [k] flags=1 expiry=2 length=3"},
         {"prepend k 1 2 3", "prepend [k] flags=1 expiry=2 length=3"},
         {"cas k 1 2 3 4", "set [k] flags=1 expiry=2 length=3 cas=4"},
         {"set k 1 2 3 noreply", "set [k] flags=1 expiry=2 length=3 quiet"},
         {"cas k 1 2 3 4 noreply", "set [k] flags=1 expiry=2 length=3 cas=4 quiet"},
         {"set   k  1 2  3  ", "set [k] flags=1 expiry=2 length=3"},
         {"set k 1 2 3 ignored", "set [k] flags=1 expiry=2 length=3"},
         {"set " + kLongestKey + " 0 0 0", "set [" + kLongestKey + "] flags=0 expiry=0 length=0"}});
}

TEST(TextParserTest, NumbersOfStorageCommands) {
  check({{"set k 4294967295 0 1", "set [k] flags=4294967295 expiry=0 length=1"},
         {"set k +7 +8 1", "set [k] flags=7 expiry=8 length=1"},
         {"set k 0 -1 1", "set [k] flags=0 expiry=-1 length=1"},
         {"set k 0 4294967296 1", "set [k] flags=0 expiry=4294967296 length=1"},
         {"set k 0 0 2147483645", "set [k] flags=0 expiry=0 length=2147483645"},
         {"cas k 0 0 1 18446744073709551615",
          "set [k] flags=0 expiry=0 length=1 cas=18446744073709551615"}});
}

TEST(TextParserTest, AValueOfUnknownLengthCannotBeSwallowed) {
  check({{"set", kMalformed},
         {"set k", kMalformed},
         {"set k 0 0", kMalformed},
         {"set k 0 0 -1", kMalformed},
         {"set k 0 0 +1", kMalformed},
         {"set k 0 0 x", kMalformed},
         {"set k 0 0 noreply", kMalformed},
         {"set k 0 0 2147483646", kMalformed},
         {"set k 0 0 99999999999999999999", kMalformed}});
}

TEST(TextParserTest, ARefusedValueIsSwallowedWithItsLineEnd) {
  const std::string refused = std::string{kMalformed} + " swallow=5";
  check({{"set k -1 0 3", refused},
         {"set k 4294967296 0 3", refused},
         {"set k x 0 3", refused},
         {"set k 0 x 3", refused},
         {"set " + kTooLongKey + " 0 0 3", refused},
         {"set " + kTooLongKey + " 0 0 3 noreply", refused + " quiet"},
         {"cas k 0 0 3", refused},
         {"cas k 0 0 3 noreply", refused + " quiet"},
         {"cas k 0 0 3 x", refused},
         {"cas k 0 0 3 -1", refused}});
}

TEST(TextParserTest, Arithmetic) {
  constexpr const char* kBadDelta = "\"CLIENT_ERROR invalid numeric delta argument\"";
  check({{"incr n 1", "incr [n] 1"},
         {"decr n 18446744073709551615", "decr [n] 18446744073709551615"},
         {"incr n 1 noreply", "incr [n] 1 quiet"}});
  check({{"incr", kMalformed},
         {"incr n", kMalformed},
         {"incr n -1", kBadDelta},
         {"incr n x", kBadDelta},
         {"decr n 18446744073709551616", kBadDelta},
         {"incr n x noreply", std::string{kBadDelta} + " quiet"},
         {"incr " + kTooLongKey + " 1", kMalformed},
         {"incr " + kTooLongKey + " 1 noreply", std::string{kMalformed} + " quiet"}});
}

TEST(TextParserTest, TouchAndDelete) {
  check({{"touch k 10", "touch [k] 10"},
         {"touch k 0 noreply", "touch [k] 0 quiet"},
         {"touch k -1", "touch [k] -1"},
         {"delete k", "delete [k]"},
         {"delete k noreply", "delete [k] quiet"},
         {"delete k 0", "delete [k]"},
         {"delete k 0 noreply", "delete [k] quiet"},
         {"delete noreply", "delete [noreply] quiet"}});
  check({{"touch", kMalformed},
         {"touch k", kMalformed},
         {"touch k x", "\"CLIENT_ERROR invalid exptime argument\""},
         {"touch " + kTooLongKey + " 1", kMalformed},
         {"delete", kMalformed},
         {"delete k 0 0 0", kMalformed},
         {"delete " + kTooLongKey, kMalformed},
         {"delete " + kTooLongKey + " noreply", std::string{kMalformed} + " quiet"}});
}

TEST(TextParserTest, CommandsWithoutKeys) {
  check({{"version", "version"},
         {"version please", "version"},
         {"mn", "noop"},
         {"quit", "quit"},
         {"quit now", "quit"},
         {"stats", "stats []"},
         {"stats items", "stats [ items]"},
         {"stats detail on", "stats [ detail on]"}});
}

TEST(TextParserTest, UnknownCommands) {
  check({{"bogus", kError},
         {"GET a", kError},
         {"Get a", kError},
         {"get\ta", kError},
         {" get a", kError},
         {"getx a", kError},
         {"get\r ", kError},
         {"\x80\xff\xff", kError}});
}

TEST(TextParserTest, TheShortestLine) {
  EXPECT_EQ(parsed("\n"), kMalformed);
  EXPECT_EQ(parsed("\r\n"), kMalformed);
  EXPECT_EQ(parsed("a\n"), kMalformed);
  EXPECT_EQ(parsed("a\r\n"), kMalformed);
  EXPECT_EQ(parsed("ab\n"), kMalformed);
  EXPECT_EQ(parsed("ab\r\n"), kError);
  EXPECT_EQ(parsed("mn\n"), "noop");
}

TEST(TextParserTest, HttpByMistakeGetsNoAnswer) {
  check({{"GET / HTTP/1.1", "hang up"},
         {"POST /set HTTP/1.0", "hang up"},
         {"PRI * HTTP/2.0", "hang up"},
         {"GET / HTTP", kError},
         {"GET / HTTP/1.1 x", kError},
         {"get HTTP/1.1", "get [ HTTP/1.1]"}});
}

TEST(TextParserTest, OnlyListsOfKeysMayBeLong) {
  for (const auto* start : {"get ", "gets a b", "gat 10 a", "gats 1", "bget a", "mg k", "   get "})
    EXPECT_TRUE(may_be_long(start)) << start;
  for (const auto* start : {"", "get", "set k", "getx ", "GET ", "\tget ", "delete k"})
    EXPECT_FALSE(may_be_long(start)) << start;
  EXPECT_TRUE(may_be_long(std::string(100, ' ') + "get k"));
  EXPECT_FALSE(may_be_long(std::string(101, ' ') + "get k"));
  EXPECT_FALSE(may_be_long(std::string(5000, ' ')));
}

}  // namespace
}  // namespace cocached::protocol
