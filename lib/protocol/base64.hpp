#pragma once

#include "protocol/limits.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace cocached::protocol {

/// A key that the client wrote in base64, decoded. Owns its bytes; allocates nothing.
class DecodedKey {
 public:
  /// Returns nothing unless `text` is padded base64 (RFC 4648, section 4) of 1 to kMaxKeySize
  /// bytes.
  static std::optional<DecodedKey> decode(std::string_view text) noexcept;

  std::string_view bytes() const noexcept { return {bytes_.data(), size_}; }

 private:
  std::array<char, kMaxEncodedKeySize / 4 * 3> bytes_;  // the decoder writes the padding too
  std::size_t size_ = 0;
};

/// Returns `bytes` in base64, with padding.
std::string encode_base64(std::string_view bytes);

/// Returns true if a line of the meta protocol must show `key` in base64: a client stored the key
/// in base64 (`binary_key`), or the key holds a space or a control byte.
bool needs_base64(std::string_view key, bool binary_key) noexcept;

}  // namespace cocached::protocol
