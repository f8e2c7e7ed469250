#pragma once

#include <string_view>

namespace cocached::base {

/// The release, as `major.minor.patch`: clients take it apart.
std::string_view version() noexcept;

}  // namespace cocached::base
