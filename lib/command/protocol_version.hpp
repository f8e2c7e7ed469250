#pragma once

#include <string_view>

namespace cocached::command {

/// The memcached release whose protocol this server speaks. Clients read it off `version` to know
/// what they may send. This server's own release is base::version().
inline constexpr std::string_view kProtocolVersion = "1.6.45";
inline constexpr std::string_view kVersionLine = "VERSION 1.6.45";

}  // namespace cocached::command
