#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cocached::store {

/// The number that a value holds, as memcached reads it: blanks, digits, and whatever follows the
/// next blank. Nothing for anything else, or past 2^64 - 1.
std::optional<std::uint64_t> parse_number(std::string_view value) noexcept;

/// A number as the decimal text that is stored.
class Decimal {
 public:
  explicit Decimal(std::uint64_t number) noexcept
      : end_(std::to_chars(digits_.data(), digits_.data() + digits_.size(), number).ptr) {}
  Decimal(const Decimal&) = delete;
  Decimal& operator=(const Decimal&) = delete;

  std::string_view text() const noexcept {
    return {digits_.data(), static_cast<std::size_t>(end_ - digits_.data())};
  }

 private:
  std::array<char, 20> digits_;
  const char* end_;
};

}  // namespace cocached::store
