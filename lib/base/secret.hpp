#pragma once

#include <string_view>

namespace cocached::base {

/// Whether two secrets are equal, found out in a time that tells nothing but whether their lengths
/// are: who guesses cannot feel the way.
bool same_secret(std::string_view a, std::string_view b) noexcept;

}  // namespace cocached::base
