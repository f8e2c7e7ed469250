#include "base/version.hpp"

namespace cocached::base {

std::string_view version() noexcept {
  return COCACHED_VERSION;
}

}  // namespace cocached::base
