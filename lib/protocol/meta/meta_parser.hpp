#pragma once

#include "protocol/request.hpp"

#include <string_view>

/// Parsers of the meta commands. `rest` is the line after the command's name, without its end; the
/// request views it. A command ignores the flags of other meta commands, as memcached does. A line
/// that is refused becomes a Fixed with memcached's error text.
namespace cocached::protocol {

Request parse_meta_get(std::string_view rest);         ///< `mg`
Request parse_meta_set(std::string_view rest);         ///< `ms`
Request parse_meta_delete(std::string_view rest);      ///< `md`
Request parse_meta_arithmetic(std::string_view rest);  ///< `ma`
Request parse_meta_debug(std::string_view rest);       ///< `me`

}  // namespace cocached::protocol
