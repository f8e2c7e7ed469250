#pragma once

#include <string_view>

namespace cocached::command {

/// The memcached release whose protocol this server speaks. The reply to `version` tells it, and
/// clients choose their commands by it. This server's own release is base::version().
inline constexpr std::string_view kProtocolVersion = "1.6.45";
inline constexpr std::string_view kVersionLine = "VERSION 1.6.45";

}  // namespace cocached::command
