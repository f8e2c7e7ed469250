#pragma once

#include <cstddef>
#include <string_view>

/// Log lines for requests and replies at the debug level, as memcached writes them with -vv:
/// commands without their values, and the first line of replies. The caller checks log_enabled()
/// first.
namespace cocached::command {

/// Logs the request at the start of `unread`, which is whole except perhaps its value. `descriptor`
/// names the client. If the log redacts keys, a number replaces each key; the same key has the same
/// number until the server ends.
void log_request(int descriptor, std::string_view unread);

/// Logs `size` bytes of replies, which begin with `first`. If the log redacts keys, the line shows
/// only the first word of the reply.
void log_replies(int descriptor, std::string_view first, std::size_t size);

}  // namespace cocached::command
