// Words and numbers, from which all parsers of lines are made.

#include "protocol/compose_text.hpp"
#include "protocol/tokens.hpp"
#include "tests/fuzz/fuzzing.hpp"

#include <array>

using namespace cocached;
using fuzz::demand;

namespace {

/// A word that reads as a number is written as the same number.
template <class Number>
void check_number(std::string_view word) {
  const auto number = protocol::parse_number<Number>(word);
  if (!number) return;
  std::array<char, protocol::kMaxDigits> digits;
  const auto* end = protocol::put(digits.data(), *number);
  const std::string_view written{digits.data(), static_cast<std::size_t>(end - digits.data())};
  demand(protocol::parse_number<Number>(written) == number, "a number survives being written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = fuzz::text_of(data, size);
  const protocol::Tokens tokens{input};
  auto rest = input;
  std::size_t count = 0;
  for (auto word = protocol::next_token(rest); !word.empty(); word = protocol::next_token(rest)) {
    demand(fuzz::views(word, input) && word.find(' ') == std::string_view::npos, "a word is one");
    if (count < protocol::kMaxTokens) demand(tokens[count] == word, "both ways to cut agree");
    ++count;
    check_number<std::uint32_t>(word);
    check_number<std::int32_t>(word);
    check_number<std::uint64_t>(word);
    check_number<std::int64_t>(word);
    protocol::parse_number<double>(word);
  }
  demand(tokens.size() == std::min(count, protocol::kMaxTokens), "no word is lost");
  demand(tokens.last() == tokens[tokens.size() - 1], "the last word is the last");
  return 0;
}
