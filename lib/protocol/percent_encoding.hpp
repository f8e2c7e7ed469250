#pragma once

#include <string>
#include <string_view>

namespace cocached::protocol {

/// Writes `bytes` to `to`, with `%XX` for each byte that RFC 3986, section 2.3 does not call
/// unreserved; the locale does not matter. `to` has room for 3 * bytes.size(). Returns the new end.
char* put_percent_encoded(char* to, std::string_view bytes) noexcept;

/// Returns `bytes` encoded as put_percent_encoded() does.
std::string percent_encoded(std::string_view bytes);

/// Returns false if `key` has a byte that would end a word or a line, or steer a terminal: a byte
/// up to 0x20, or 0x7f. Clients of the binary protocol may use any byte.
bool is_plain_key(std::string_view key) noexcept;

/// Returns a key or a name as one word of a line: `%XX` for `%` and for each byte that is not plain
/// (see is_plain_key), so that decoding gives the key back. Every other byte stays as it is.
std::string key_as_word(std::string_view key);

/// Returns `bytes` for people to read: `%XX` for every byte except visible ASCII without `%`.
std::string printable(std::string_view bytes);

}  // namespace cocached::protocol
