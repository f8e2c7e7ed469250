// `secrets_` holds one secret for each user, and `places_` maps a user's name to an index in it.
//
// Invariants: `secrets_` is never empty, and the object never changes after its constructor, so any
// thread may read it without a lock. Comparisons take the same time wherever two secrets differ.

#include "command/auth/users.hpp"

#include "base/secret.hpp"

#include <algorithm>
#include <crypt.h>
#include <memory>
#include <stdexcept>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace cocached::command {
namespace {

/// Returns true for `$y$...`, `$6$...`: the form in which crypt(3) and its tools write a hash.
bool looks_hashed(std::string_view password) noexcept {
  const auto end = password.find('$', 1);
  if (!password.starts_with('$') || end == std::string_view::npos || end == 1) return false;
  return std::ranges::all_of(password.substr(1, end - 1), [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-';
  });
}

std::string digest_of(std::string_view password) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  auto* to = reinterpret_cast<unsigned char*>(digest.data());
  if (EVP_Digest(password.data(), password.size(), to, &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error{"cannot compute a digest"};
  digest.resize(size);
  return digest;
}

/// Returns the hash, or an empty string if the password cannot be hashed (one with a NUL in it).
std::string crypt_of(std::string_view password, const std::string& setting) {
  const std::string phrase{password};
  const auto memory = std::make_unique<crypt_data>();
  const char* hash = ::crypt_rn(phrase.c_str(), setting.c_str(), memory.get(), sizeof *memory);
  if (hash == nullptr || phrase.find('\0') != std::string::npos) return {};
  return hash;
}

std::string_view take_line(std::string_view& text) noexcept {
  auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

Users::Users(std::string_view file) {
  for (std::size_t number = 1; !file.empty(); ++number) try {
      if (const auto line = take_line(file); !line.empty()) add(line);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument{fmt::format("line {}: {}", number, error.what())};
    }
  if (secrets_.empty()) throw std::invalid_argument{"there is no user in it"};
}

void Users::add(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0)
    throw std::invalid_argument{"it should be user:password"};
  const bool is_new = places_.try_emplace(std::string{line.substr(0, colon)}, size()).second;
  if (!is_new) throw std::invalid_argument{"this user has been named before"};
  secrets_.push_back(secret_of(line.substr(colon + 1)));
}

Users::Secret Users::secret_of(std::string_view password) {
  if (!looks_hashed(password)) return {digest_of(password), false};
  Secret secret{std::string{password}, true};
  const auto setting = ::crypt_checksalt(secret.text.c_str());
  const bool usable = setting == CRYPT_SALT_OK || setting == CRYPT_SALT_METHOD_LEGACY;
  if (!usable) throw std::invalid_argument{"crypt(3) knows no such hash"};
  return secret;
}

bool Users::Secret::is_of(std::string_view password) const {
  return base::same_secret(text, crypted ? crypt_of(password, text) : digest_of(password));
}

/// An unknown user is checked against the secret of a known one, so timing does not reveal which
/// names exist. The same unknown name always meets the same secret: repeated attempts tell no more.
bool Users::verify(std::string_view user, std::string_view password) const {
  const std::string name{user};
  const auto found = places_.find(name);
  const bool known = found != places_.end();
  const auto place = known ? found->second : std::hash<std::string>{}(name) % secrets_.size();
  const bool right = secrets_[place].is_of(password);
  return right && known;
}

}  // namespace cocached::command
