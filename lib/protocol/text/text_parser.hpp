#pragma once

#include "protocol/request.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace cocached::protocol {

/// Parses one line of the text protocol, classic or meta. `line` includes its end, `\n` or `\r\n`.
///
/// Never fails: a malformed line becomes a Fixed with the reply of memcached 1.6.45. The request
/// views `line`.
Request parse_text(std::string_view line);

/// The start of a line that lists keys.
struct KeyListStart {
  Request request;       ///< a Get without its keys, or a Fixed that refuses the list
  std::size_t size = 0;  ///< bytes of the line before its keys
};

/// Parses the start of a line whose end has not come. Returns nothing if the line lists no keys.
/// Blanks before the command make the command unknown, as in parse_text(). The request views
/// `partial`.
std::optional<KeyListStart> parse_key_list(std::string_view partial);

/// Returns true if `end`, the end of a line without its line end, is that of an HTTP request line.
/// The last kHttpEnd bytes of the line are enough.
bool ends_as_http_request(std::string_view end) noexcept;
inline constexpr std::size_t kHttpEnd = 9;  // ` HTTP/1.1`

/// Returns true if a line that starts with `partial` may be longer than kMaxLine, because its
/// command lists keys.
bool may_be_long(std::string_view partial) noexcept;

}  // namespace cocached::protocol
