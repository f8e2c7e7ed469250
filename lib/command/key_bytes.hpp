#pragma once

#include "protocol/base64.hpp"
#include "protocol/form.hpp"
#include "store/item.hpp"

#include <optional>

namespace cocached::command {

/// The key of a request as the store knows it: decoded where it came in base64, which the parser
/// has checked.
class KeyBytes {
 public:
  KeyBytes(const protocol::Form& form, std::string_view key) noexcept : key_(key) {
    if (form.base64_key) decoded_ = protocol::DecodedKey::decode(key);
  }
  // NOLINTNEXTLINE(google-explicit-constructor): it stands wherever the store takes a key
  operator store::Key() const noexcept { return store::Key{decoded_ ? decoded_->bytes() : key_}; }

 private:
  std::string_view key_;
  std::optional<protocol::DecodedKey> decoded_;
};

}  // namespace cocached::command
