#include "http/token.hpp"

#include "base/secret.hpp"
#include "protocol/base64.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <boost/beast/core/string.hpp>

namespace cocached::http {
namespace {

/// A user and a token of this length in base64 fit where keys do.
constexpr std::size_t kMaxTokenSize = 128;

constexpr std::string_view kBlank = " \t\r\n";

std::string_view trimmed(std::string_view text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  return text.substr(0, text.find_last_not_of(kBlank) + 1);
}

bool is_password(std::string_view credentials, std::string_view token) {
  const auto decoded = protocol::DecodedKey::decode(credentials);
  if (!decoded) return false;
  const std::string_view pair = decoded->bytes();
  const auto colon = pair.find(':');
  return colon != pair.npos && base::same_secret(pair.substr(colon + 1), token);
}

}  // namespace

bool shows_token(std::string_view authorization, std::string_view token) {
  const auto blank = authorization.find(' ');
  if (blank == authorization.npos) return false;
  const auto scheme = authorization.substr(0, blank);
  const auto rest = trimmed(authorization.substr(blank));
  if (boost::beast::iequals(scheme, "Bearer")) return base::same_secret(rest, token);
  return boost::beast::iequals(scheme, "Basic") && is_password(rest, token);
}

std::string read_token(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (!file.is_open() || file.bad()) throw std::runtime_error{"cannot read the token file " + path};
  const std::string token{trimmed(text)};
  const auto plain = [](char c) { return c > ' ' && c < '\x7f'; };
  if (token.empty() || token.size() > kMaxTokenSize || !std::ranges::all_of(token, plain))
    throw std::runtime_error{"the token file " + path + ": one token of up to " +
                             std::to_string(kMaxTokenSize) + " printable characters is wanted"};
  return token;
}

}  // namespace cocached::http
