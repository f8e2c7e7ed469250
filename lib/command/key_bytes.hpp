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
  /// `hashed`: a key hashed ahead, which spares the work where it is this one.
  KeyBytes(const protocol::Form& form, std::string_view key, const store::Key& hashed) noexcept {
    if (form.base64_key) decoded_ = protocol::DecodedKey::decode(key);
    if (decoded_)
      key_ = store::Key{decoded_->bytes()};
    else
      key_ = hashed.views(key) ? hashed : store::Key{key};
  }
  KeyBytes(const KeyBytes&) = delete;
  KeyBytes& operator=(const KeyBytes&) = delete;

  // NOLINTNEXTLINE(google-explicit-constructor): it stands wherever the store takes a key
  operator const store::Key&() const noexcept { return key_; }
  const store::Key& key() const noexcept { return key_; }

 private:
  std::optional<protocol::DecodedKey> decoded_;
  store::Key key_;  // may view decoded_
};

}  // namespace cocached::command
