#pragma once

#include "http/figures_source.hpp"

#include <optional>
#include <string_view>

namespace cocached::http {

/// Reads `/keys?prefix=&limit=&cursor=`, each of them optional, in any order; others are ignored.
/// `target` is that of a request. Nothing where a value
/// makes no sense.
std::optional<KeyQuery> parse_key_query(std::string_view target);

}  // namespace cocached::http
