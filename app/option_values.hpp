#pragma once

#include <charconv>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// How the values of options are read. Everything here throws UsageError for text it cannot read.
namespace cocached::app {

/// The user asked for something that is not to be had; the text says what.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// `text` without leading blanks: containers pass `-m 8192` as one argument.
std::string_view trim(std::string_view text) noexcept;

/// A number in digits of `base`, nothing after it. `option` is named in the error.
template <class Number>
Number to_number(std::string_view option, std::string_view text, int base = 10) {
  text = trim(text);
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error == std::errc::result_out_of_range)
    throw UsageError{std::string{option} + ": out of range: " + std::string{text}};
  if (error != std::errc{} || end != text.data() + text.size())
    throw UsageError{std::string{option} + ": not a number: '" + std::string{text} + "'"};
  return number;
}

/// A size in bytes: a number, with `k` or `m` behind it for KiB or MiB.
std::size_t to_size(std::string_view option, std::string_view text);

/// The value of a flag, where it has one: true, on, yes or 1, or their contraries.
bool to_switch(std::string_view option, std::string_view text);

/// The value of a flag that counts: a number, or as many as `text` has `v`; as a flag, 1 or 0.
unsigned to_count(std::string_view option, std::string_view text);

/// The parts of a comma list, trimmed, without the empty ones. What stands in brackets is one part.
std::vector<std::string> split_list(std::string_view text);

}  // namespace cocached::app
