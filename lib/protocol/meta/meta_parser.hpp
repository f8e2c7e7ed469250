#pragma once

#include "protocol/request.hpp"

#include <string_view>

/// Parsers of the meta commands; `rest` is the line after the command's name. Flags that are known
/// to another meta command are ignored, as memcached does.
namespace cocached::protocol {

Request parse_meta_get(std::string_view rest);
Request parse_meta_set(std::string_view rest);
Request parse_meta_delete(std::string_view rest);
Request parse_meta_arithmetic(std::string_view rest);
Request parse_meta_debug(std::string_view rest);

}  // namespace cocached::protocol
