#pragma once

#include "app/command_line.hpp"

#include <optional>
#include <string_view>

namespace cocached::app {

/// Applies `-o ssl_...`; false where there is no option of that name. Throws UsageError for a value
/// that cannot be.
bool apply_tls_option(std::string_view name, std::optional<std::string_view> value,
                      CommandLine& line);

}  // namespace cocached::app
