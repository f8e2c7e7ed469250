#pragma once

#include "protocol/limits.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace cocached::protocol {

/// The bytes of a key that came in base64.
class DecodedKey {
 public:
  /// Nothing unless `text` is base64 with its padding (RFC 4648, 4) of 1 to kMaxKeySize bytes.
  static std::optional<DecodedKey> decode(std::string_view text) noexcept;

  std::string_view bytes() const noexcept { return {bytes_.data(), size_}; }

 private:
  std::array<char, kMaxEncodedKeySize / 4 * 3> bytes_;  // padding is decoded as well
  std::size_t size_ = 0;
};

std::string encode_base64(std::string_view bytes);

/// True where lines of the meta protocol must show `key` in base64: it came so, or it could not be
/// told from what stands around it.
bool needs_base64(std::string_view key, bool binary_key) noexcept;

}  // namespace cocached::protocol
