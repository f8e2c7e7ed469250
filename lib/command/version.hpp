#pragma once

#include <string_view>

namespace cocached::command {

/// The memcached release whose protocol this server speaks. Clients read it off `version` to know
/// what they may send.
inline constexpr std::string_view kProtocolVersion = "1.6.45";
inline constexpr std::string_view kVersionLine = "VERSION 1.6.45";

/// This server's own release.
inline constexpr std::string_view kReleaseVersion = "0.1.0";

}  // namespace cocached::command
