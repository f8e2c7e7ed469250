#include "app/option_values.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace cocached::app {
namespace {

/// The power of two that a size's last letter stands for; 0 for a digit.
unsigned suffix_shift(char letter) noexcept {
  switch (letter) {
    case 'k':
    case 'K':
      return 10;
    case 'm':
    case 'M':
      return 20;
    default:
      return 0;
  }
}

/// The first comma of `text` that stands in no brackets, or its end.
std::size_t end_of_part(std::string_view text) noexcept {
  bool bracketed = false;
  const auto ends = [&](char letter) {
    bracketed = letter == '[' || (bracketed && letter != ']');
    return letter == ',' && !bracketed;
  };
  return static_cast<std::size_t>(std::ranges::find_if(text, ends) - text.begin());
}

}  // namespace

std::string_view trim(std::string_view text) noexcept {
  const auto start = std::min(text.find_first_not_of(" \t\n\v\f\r"), text.size());
  return text.substr(start);
}

std::size_t to_size(std::string_view option, std::string_view text) {
  const auto shift = text.empty() ? 0U : suffix_shift(text.back());
  if (shift != 0) text.remove_suffix(1);
  const auto number = to_number<std::size_t>(option, text);
  if (number > (std::numeric_limits<std::size_t>::max() >> shift))
    throw UsageError{std::string{option} + ": out of range: " + std::string{text}};
  return number << shift;
}

bool to_switch(std::string_view option, std::string_view text) {
  static constexpr auto kOn = std::to_array<std::string_view>({"true", "on", "yes", "1"});
  static constexpr auto kOff = std::to_array<std::string_view>({"false", "off", "no", "0"});
  text = trim(text);
  if (std::ranges::find(kOn, text) != kOn.end()) return true;
  if (std::ranges::find(kOff, text) != kOff.end()) return false;
  throw UsageError{std::string{option} + ": neither true nor false: '" + std::string{text} + "'"};
}

unsigned to_count(std::string_view option, std::string_view text) {
  text = trim(text);
  const auto letters = static_cast<unsigned>(std::ranges::count(text, 'v'));
  if (letters == text.size()) return letters;
  const bool is_number = text.find_first_not_of("0123456789") == std::string_view::npos;
  return is_number ? to_number<unsigned>(option, text) : unsigned{to_switch(option, text)};
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = end_of_part(text);
    if (const auto part = trim(text.substr(0, end)); !part.empty()) parts.emplace_back(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

}  // namespace cocached::app
