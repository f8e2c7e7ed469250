#include "protocol/percent_encoding.hpp"

#include <algorithm>

namespace cocached::protocol {
namespace {

constexpr bool is_unreserved(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

constexpr bool is_visible(char c) noexcept {
  return c > ' ' && c <= '~' && c != '%';
}

constexpr bool is_plain(char c) noexcept {
  return static_cast<unsigned char>(c) > ' ' && c != '\x7f';
}

constexpr bool stays_in_word(char c) noexcept {
  return is_plain(c) && c != '%';
}

template <bool (*kStays)(char) noexcept>
char* put_encoded(char* to, std::string_view bytes) noexcept {
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  for (const char c : bytes) {
    if (kStays(c)) {
      *to++ = c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    *to++ = '%';
    *to++ = kHexDigits[byte >> 4];
    *to++ = kHexDigits[byte & 0xf];
  }
  return to;
}

template <bool (*kStays)(char) noexcept>
std::string encoded(std::string_view bytes) {
  std::string text(3 * bytes.size(), '\0');
  const char* end = put_encoded<kStays>(text.data(), bytes);
  text.resize(static_cast<std::size_t>(end - text.data()));
  return text;
}

}  // namespace

char* put_percent_encoded(char* to, std::string_view bytes) noexcept {
  return put_encoded<is_unreserved>(to, bytes);
}

std::string percent_encoded(std::string_view bytes) {
  return encoded<is_unreserved>(bytes);
}

bool is_plain_key(std::string_view key) noexcept {
  return std::ranges::all_of(key, is_plain);
}

std::string key_as_word(std::string_view key) {
  return encoded<stays_in_word>(key);
}

std::string printable(std::string_view bytes) {
  return encoded<is_visible>(bytes);
}

}  // namespace cocached::protocol
