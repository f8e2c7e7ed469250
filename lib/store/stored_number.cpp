#include "store/stored_number.hpp"

#include <algorithm>

namespace cocached::store {
namespace {

bool is_blank(char c) noexcept {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view value) noexcept {
  const char* const end = value.data() + value.size();
  const char* first = std::find_if_not(value.data(), end, is_blank);
  if (first != end && *first == '+') ++first;
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(first, end, number);
  if (error != std::errc{}) return std::nullopt;
  if (stop != end && !is_blank(*stop) && *stop != '\0') return std::nullopt;
  return number;
}

}  // namespace cocached::store
