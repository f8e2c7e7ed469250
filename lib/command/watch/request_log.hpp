#pragma once

#include <cstddef>
#include <string_view>

/// What clients say and are told, in the log at its debug level, as memcached writes it with -vv:
/// commands without values, and the beginnings of replies. Ask log_enabled first.
namespace cocached::command {

/// `unread` starts with a request whose head is whole; `descriptor` names its client. Where the log
/// redacts keys, a number stands for each: the same one for the same key, until the server ends.
void log_request(int descriptor, std::string_view unread);

/// `size` bytes of replies, which begin with `first`. Where the log redacts keys, no more of a
/// reply than what it is.
void log_replies(int descriptor, std::string_view first, std::size_t size);

}  // namespace cocached::command
