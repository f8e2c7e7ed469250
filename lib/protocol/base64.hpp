#pragma once

#include "protocol/limits.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace cocached::protocol {

/// The bytes of a key that came in base64; they fit, since base64 is longer than what it encodes.
class DecodedKey {
 public:
  /// Nothing unless `text` is base64 with its padding (RFC 4648, 4) of at least one byte, and at
  /// most kMaxKeySize characters.
  static std::optional<DecodedKey> decode(std::string_view text) noexcept;

  std::string_view bytes() const noexcept { return {bytes_.data(), size_}; }

 private:
  std::array<char, kMaxKeySize + 2> bytes_;
  std::size_t size_ = 0;
};

std::string encode_base64(std::string_view bytes);

}  // namespace cocached::protocol
