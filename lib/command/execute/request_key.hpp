#pragma once

#include "protocol/base64.hpp"
#include "protocol/wire_format.hpp"
#include "store/item.hpp"

#include <optional>

namespace cocached::command {

/// Returns `bytes` as a key of the store. Reuses `hashed`, whose hash is known, if it views the
/// same bytes.
inline store::Key key_of(std::string_view bytes, const store::Key& hashed) noexcept {
  return hashed.views(bytes) ? hashed : store::Key{bytes};
}

/// The key of a request as the store knows it: decoded if the client wrote it in base64. The parser
/// has checked the base64. Views the request's bytes, or owns the decoded ones.
class RequestKey {
 public:
  RequestKey(const protocol::WireFormat& form, std::string_view key,
             const store::Key& hashed) noexcept {
    if (form.base64_key) decoded_ = protocol::DecodedKey::decode(key);
    key_ = decoded_ ? store::Key{decoded_->bytes()} : key_of(key, hashed);
  }
  RequestKey(const RequestKey&) = delete;
  RequestKey& operator=(const RequestKey&) = delete;

  // NOLINTNEXTLINE(google-explicit-constructor): callers pass it wherever the store takes a key
  operator const store::Key&() const noexcept { return key_; }

 private:
  std::optional<protocol::DecodedKey> decoded_;
  store::Key key_;  // may view `decoded_`
};

}  // namespace cocached::command
