#pragma once

#include <string>
#include <string_view>

namespace cocached::protocol {

/// `bytes` with `%XX` for each that RFC 3986, 2.3 does not call unreserved, whatever the locale.
/// `to` has room for three times as many.
char* put_percent_encoded(char* to, std::string_view bytes) noexcept;

std::string percent_encoded(std::string_view bytes);

/// To be read by people: the same, but that all visible ASCII but `%` stays as it is.
std::string printable(std::string_view bytes);

}  // namespace cocached::protocol
