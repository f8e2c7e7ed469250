#pragma once

#include <string>
#include <string_view>

namespace cocached::http {

/// Returns true if a client that sent this Accept-Encoding takes gzip: named, or by `*`, and not
/// with a weight of 0. A header that is not well-formed accepts nothing.
bool accepts_gzip(std::string_view accept_encoding);

/// `text` in the gzip format, made quickly rather than small. Throws std::bad_alloc.
std::string gzip(std::string_view text);

}  // namespace cocached::http
