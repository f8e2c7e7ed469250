#include "base/secret.hpp"

#include <openssl/crypto.h>

namespace cocached::base {

bool same_secret(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace cocached::base
