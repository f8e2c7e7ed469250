#pragma once

#include "protocol/request.hpp"

#include <string_view>

namespace cocached::protocol {

/// Parses one line of the text protocol, classic or meta, its line end included (`\n` or `\r\n`).
///
/// Never fails: what it cannot make sense of becomes the Fixed reply that memcached 1.6.45 gives.
/// The request views `line`.
Request parse_text(std::string_view line);

/// True where `partial`, the start of a line whose end has not come, may grow past kMaxLine: it
/// lists keys.
bool may_be_long(std::string_view partial) noexcept;

}  // namespace cocached::protocol
