#pragma once

#include <string>
#include <string_view>

namespace cocached::http {

/// Returns true if an Authorization header shows the token: `Bearer <token>`, or, so that a browser
/// can ask for it, `Basic` with the token as the password of any user. Takes as long for a token
/// that is almost right as for any other of its length.
bool shows_token(std::string_view authorization, std::string_view token);

/// The token in this file: its text, without blanks and line ends around it. Throws
/// std::runtime_error, with a text for the user, where there is none, or it holds what no header
/// can.
std::string read_token(const std::string& path);

}  // namespace cocached::http
