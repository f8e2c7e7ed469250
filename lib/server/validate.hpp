#pragma once

#include "server/settings.hpp"

namespace cocached::server {

/// Throws std::invalid_argument, with a text for the user, for settings that no server can have.
void validate(const Settings& settings);

}  // namespace cocached::server
