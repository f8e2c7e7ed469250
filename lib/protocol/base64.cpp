#include "protocol/base64.hpp"

#include "protocol/percent_encoding.hpp"

#include <openssl/evp.h>

namespace cocached::protocol {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const unsigned char* octets(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::optional<DecodedKey> DecodedKey::decode(std::string_view text) noexcept {
  if (text.empty() || text.size() > kMaxEncodedKeySize || text.size() % 4 != 0) return std::nullopt;
  // EVP_DecodeBlock also skips white space, and decodes padding to zero bytes.
  const auto padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
  const auto digits = text.substr(0, text.size() - padding);
  if (digits.find_first_not_of(kAlphabet) != std::string_view::npos) return std::nullopt;

  DecodedKey key;
  auto* to = reinterpret_cast<unsigned char*>(key.bytes_.data());
  const int size = EVP_DecodeBlock(to, octets(text), static_cast<int>(text.size()));
  if (size <= static_cast<int>(padding)) return std::nullopt;
  key.size_ = static_cast<std::size_t>(size) - padding;
  if (key.size_ > kMaxKeySize) return std::nullopt;
  return key;
}

std::string encode_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  auto* to = reinterpret_cast<unsigned char*>(text.data());
  const int size = EVP_EncodeBlock(to, octets(bytes), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

bool needs_base64(std::string_view key, bool binary_key) noexcept {
  return binary_key || !is_plain_key(key);
}

}  // namespace cocached::protocol
