#include "protocol/tokens.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::protocol {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (auto word = next_token(line); !word.empty(); word = next_token(line)) words.push_back(word);
  return words;
}

TEST(NextTokenTest, CutsAtRunsOfSpaces) {
  EXPECT_THAT(words_of("a bc d"), ElementsAre("a", "bc", "d"));
  EXPECT_THAT(words_of("  a   b  "), ElementsAre("a", "b"));
  EXPECT_THAT(words_of("alone"), ElementsAre("alone"));
  EXPECT_THAT(words_of(""), IsEmpty());
  EXPECT_THAT(words_of("    "), IsEmpty());
}

TEST(NextTokenTest, EveryOtherByteBelongsToAWord) {
  using namespace std::string_view_literals;
  EXPECT_THAT(words_of("a\tb \r\n \0 \x80\xff"sv), ElementsAre("a\tb", "\r\n", "\0"sv, "\x80\xff"));
}

TEST(NextTokenTest, LeavesTheRestFromTheSpaceOn) {
  std::string_view rest = " 10  a b ";
  EXPECT_EQ(next_token(rest), "10");
  EXPECT_EQ(rest, "  a b ");
}

TEST(CountWordsTest, UpToOneMoreThanTheLimit) {
  EXPECT_EQ(count_words("", 3), 0U);
  EXPECT_EQ(count_words("  ", 3), 0U);
  EXPECT_EQ(count_words(" a  b c", 3), 3U);
  EXPECT_EQ(count_words("a b c d e f", 3), 4U);
}

template <class Number>
std::optional<Number> next_number(WordReader& words) {
  Number number{};
  return words.next_number(number) ? std::optional{number} : std::nullopt;
}

TEST(WordReaderTest, ComeOneAfterTheOther) {
  WordReader words{" a  12 -3 b"};
  EXPECT_EQ(words.next(), "a");
  EXPECT_EQ(next_number<std::uint64_t>(words), 12U);
  EXPECT_EQ(next_number<std::int64_t>(words), -3);
  EXPECT_EQ(words.next(), "b");
  EXPECT_EQ(words.next(), "");
  EXPECT_EQ(next_number<int>(words), std::nullopt);
}

TEST(WordReaderTest, ANumberStandsBehindAnyNumberOfSpaces) {
  for (const auto* line : {"7", " 7", "   7", "7 ", "  7  "}) {
    WordReader words{line};
    EXPECT_EQ(next_number<int>(words), 7) << '"' << line << '"';
    EXPECT_EQ(words.next(), "");
  }
}

TEST(WordReaderTest, NumbersUpToTheLimitOfTheirType) {
  WordReader words{" 999999999 4294967295 4294967296 000000000000000000007 18446744073709551615"};
  EXPECT_EQ(next_number<std::uint32_t>(words), 999999999U);
  EXPECT_EQ(next_number<std::uint32_t>(words), 4294967295U);
  EXPECT_EQ(next_number<std::uint32_t>(words), std::nullopt);
  EXPECT_EQ(next_number<std::uint32_t>(words), 7U);
  EXPECT_EQ(next_number<std::uint64_t>(words), std::numeric_limits<std::uint64_t>::max());
}

TEST(WordReaderTest, AWordThatIsNoNumberIsReadToo) {
  for (const auto* word : {"x", "1x", "+1", "--1", "1.5", "300", "-", "1	"}) {
    const std::string line = std::string{" "} + word + " next";
    WordReader words{line};
    EXPECT_EQ(next_number<signed char>(words), std::nullopt) << word;
    EXPECT_EQ(words.current(), word);
    EXPECT_EQ(words.next(), "next");
  }
}

TEST(WordReaderTest, TheLastIsFoundFromAnywhere) {
  WordReader words{"a b c "};
  EXPECT_EQ(words.skip_to_last(), "c");
  EXPECT_EQ(words.skip_to_last(), "c");
  EXPECT_EQ(WordReader{""}.skip_to_last(), "");
}

TEST(WordReaderTest, WordsPastTheLimitAreNotSeen) {
  std::string line;
  for (std::size_t i = 0; i < kMaxTokens + 5; ++i) line += " " + std::to_string(i);
  WordReader words{line};
  EXPECT_EQ(next_number<std::size_t>(words), 0U);
  EXPECT_EQ(words.skip_to_last(), std::to_string(kMaxTokens - 1));
  EXPECT_EQ(next_number<std::size_t>(words), std::nullopt);
}

TEST(TokensTest, AWordThatIsNotThereIsEmpty) {
  const Tokens words{"one two"};
  EXPECT_EQ(words.size(), 2U);
  EXPECT_EQ(words[1], "two");
  EXPECT_EQ(words[2], "");
  EXPECT_EQ(words.last(), "two");
}

TEST(TokensTest, NoneAtAll) {
  const Tokens words{"  "};
  EXPECT_EQ(words.size(), 0U);
  EXPECT_EQ(words.last(), "");
}

TEST(TokensTest, WordsPastTheLimitAreNotSeen) {
  std::string line;
  for (int i = 0; i < 30; ++i) line += std::to_string(i) + " ";
  const Tokens words{line};
  EXPECT_EQ(words.size(), kMaxTokens);
  EXPECT_EQ(words.last(), "23");
}

TEST(ParseNumberTest, TheWholeTextOrNothing) {
  EXPECT_EQ(parse_number<int>("42"), 42);
  EXPECT_EQ(parse_number<int>("-42"), -42);
  EXPECT_EQ(parse_number<int>("007"), 7);
  for (const auto* text : {"", " ", "+1", "1 ", " 1", "1x", "0x10", "1.5", "-", "--1", "1e3"})
    EXPECT_EQ(parse_number<int>(text), std::nullopt) << text;
}

TEST(ParseNumberTest, OnlyWhatFits) {
  EXPECT_EQ(parse_number<std::uint64_t>("18446744073709551615"),
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(parse_number<std::uint64_t>("18446744073709551616"), std::nullopt);
  EXPECT_EQ(parse_number<std::uint64_t>("-1"), std::nullopt);
  EXPECT_EQ(parse_number<std::uint32_t>("4294967295"), 4294967295U);
  EXPECT_EQ(parse_number<std::uint32_t>("4294967296"), std::nullopt);
  EXPECT_EQ(parse_number<std::int64_t>("-9223372036854775808"),
            std::numeric_limits<std::int64_t>::min());
}

}  // namespace
}  // namespace cocached::protocol
