#pragma once

#include "protocol/limits.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <limits>
#include <optional>
#include <string_view>

namespace cocached::protocol {

/// Cuts the next word off the front of `rest`. Only spaces separate words; a tab belongs to its
/// word. Returns an empty view if no word is left.
inline std::string_view next_token(std::string_view& rest) noexcept {
  const auto start = rest.find_first_not_of(' ');
  if (start == std::string_view::npos) {
    rest = {};
    return {};
  }
  rest.remove_prefix(start);
  const auto token = rest.substr(0, rest.find(' '));
  rest.remove_prefix(token.size());
  return token;
}

/// Returns the number of words, or `limit` + 1 if there are more than `limit`.
inline std::size_t count_words(std::string_view text, std::size_t limit) noexcept {
  std::size_t count = 0;
  while (count <= limit && !next_token(text).empty()) ++count;
  return count;
}

/// Returns the whole of `text` as a decimal number, or nothing if it is none that fits `Number`.
template <class Number>
std::optional<Number> parse_number(std::string_view text) noexcept {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Reads the words of a line one after the other. Sees the first kMaxTokens words. Views the line.
class WordReader {
 public:
  explicit WordReader(std::string_view line) noexcept : rest_(line) {}

  /// Returns the next word, or an empty view if none is left.
  std::string_view next() noexcept {
    if (left_ == 0) return {};
    const auto word = next_token(rest_);
    if (!word.empty()) took(word);
    return word;
  }

  /// Reads the next word into `to`. Returns false if it is no decimal number that fits `Number`.
  template <class Number>
  bool next_number(Number& to) noexcept {
    if (take_digits(to)) [[likely]]
      return true;
    const auto number = parse_number<Number>(next());
    if (number) to = *number;
    return number.has_value();
  }

  /// Returns the word that was read last.
  std::string_view current() const noexcept { return last_; }

  /// Reads all words that are left. Returns the last word of the line.
  std::string_view skip_to_last() noexcept {
    while (!next().empty()) {
    }
    return last_;
  }

 private:
  void took(std::string_view word) noexcept {
    last_ = word;
    --left_;
  }

  /// The fast path of next_number(): reads one space and digits that cannot overflow, which most
  /// numbers are. Returns false, and reads nothing, if the line goes on otherwise.
  template <class Number>
  bool take_digits(Number& to) noexcept {
    constexpr auto kSafe = std::numeric_limits<Number>::digits10;
    if (left_ == 0 || !rest_.starts_with(' ')) return false;
    const char* const begin = rest_.data() + 1;
    const char* const line_end = rest_.data() + rest_.size();
    const char* end = begin;
    Number number = 0;
    for (; end != line_end && *end >= '0' && *end <= '9' && end - begin < kSafe; ++end)
      number = static_cast<Number>(number * 10 + static_cast<Number>(*end - '0'));
    if (end == begin || (end != line_end && *end != ' ')) return false;
    to = number;
    took({begin, end});
    rest_ = {end, line_end};
    return true;
  }

  std::string_view rest_;
  std::string_view last_;
  std::size_t left_ = kMaxTokens;
};

/// The first kMaxTokens words of a line, as views of the line.
class Tokens {
 public:
  explicit Tokens(std::string_view line) noexcept {
    for (auto token = next_token(line); !token.empty() && count_ < kMaxTokens;
         token = next_token(line))
      tokens_[count_++] = token;
  }

  std::size_t size() const noexcept { return count_; }
  /// Returns word `i`, or an empty view if there is no such word.
  std::string_view operator[](std::size_t i) const noexcept {
    return i < count_ ? tokens_[i] : std::string_view{};
  }
  std::string_view last() const noexcept { return (*this)[count_ - 1]; }

 private:
  std::array<std::string_view, kMaxTokens> tokens_;
  std::size_t count_ = 0;
};

/// Returns true if the last word is `noreply`.
inline bool is_quiet(const Tokens& arguments) noexcept {
  return arguments.size() > 0 && arguments.last() == "noreply";
}

}  // namespace cocached::protocol
