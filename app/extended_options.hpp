#pragma once

#include "app/command_line.hpp"

#include <string_view>

namespace cocached::app {

/// Applies one part of an `-o` list, `name` or `name=value`. Throws UsageError for a name that
/// memcached does not have, for a value that cannot be, and for what this version cannot do.
void apply_extended_option(std::string_view option, CommandLine& line);

}  // namespace cocached::app
