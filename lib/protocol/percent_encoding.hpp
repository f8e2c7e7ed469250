#pragma once

#include <string>
#include <string_view>

namespace cocached::protocol {

/// `bytes` with `%XX` for each that RFC 3986, 2.3 does not call unreserved, whatever the locale.
/// `to` has room for three times as many.
char* put_percent_encoded(char* to, std::string_view bytes) noexcept;

std::string percent_encoded(std::string_view bytes);

/// False where a key or a name has bytes that would end a word or a line, or steer a terminal: up
/// to 0x20, and 0x7f. Clients of the binary protocol may use any byte.
bool is_plain_key(std::string_view key) noexcept;

/// A key or a name as one word of a line: `%XX` for each byte that is not plain and for `%`, so
/// that decoding gives the key back. Every other byte stays as it is.
std::string key_as_word(std::string_view key);

/// To be read by people: the same, but that all visible ASCII but `%` stays as it is.
std::string printable(std::string_view bytes);

}  // namespace cocached::protocol
