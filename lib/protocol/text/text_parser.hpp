#pragma once

#include "protocol/request.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace cocached::protocol {

/// Parses one line of the text protocol, classic or meta, its line end included (`\n` or `\r\n`).
///
/// Never fails: what it cannot make sense of becomes the Fixed reply that memcached 1.6.45 gives.
/// The request views `line`.
Request parse_text(std::string_view line);

/// The start of a line that lists keys.
struct KeyListStart {
  Request request;       ///< a Get without its keys, or the answer to a list that is refused
  std::size_t size = 0;  ///< bytes of the line before its keys
};

/// Parses the start of a line of the text protocol whose end has not come. Nothing: it lists no
/// keys. Blanks before the command make it unknown, as parse_text has it. The request views
/// `partial`.
std::optional<KeyListStart> parse_key_list(std::string_view partial);

/// True where a line that ends with `end`, without its line end, ends as a request line of HTTP
/// does. kHttpEnd bytes are enough.
bool ends_as_http_request(std::string_view end) noexcept;
inline constexpr std::size_t kHttpEnd = 9;  // ` HTTP/1.1`

/// True where `partial`, the start of a line whose end has not come, may grow past kMaxLine: it
/// lists keys.
bool may_be_long(std::string_view partial) noexcept;

}  // namespace cocached::protocol
