#pragma once

#include "http/source.hpp"

#include <string>

namespace cocached::http {

/// `/stats.json`: `stats`, `settings` and `store` as objects, `threads` as an array of objects.
/// What is a number in `stats` is one here.
std::string stats_json(const Snapshot& snapshot);

}  // namespace cocached::http
