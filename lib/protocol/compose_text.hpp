#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <string_view>

/// Writers of text into memory that the caller knows to be large enough. Each returns the new end.
namespace cocached::protocol {

inline constexpr std::size_t kMaxDigits = 20;  ///< digits of a 64-bit number, with its sign

inline char* put(char* to, std::string_view bytes) noexcept {
  return to + bytes.copy(to, bytes.size());
}

inline char* put(char* to, char byte) noexcept {
  *to = byte;
  return to + 1;
}

template <std::integral Number>
  requires(!std::same_as<Number, char> && !std::same_as<Number, bool>)
char* put(char* to, Number number) noexcept {
  if (std::unsigned_integral<Number> && number < 10)  // most client flags have one digit
    return put(to, static_cast<char>('0' + number));
  return std::to_chars(to, to + kMaxDigits, number).ptr;
}

}  // namespace cocached::protocol
