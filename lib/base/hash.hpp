#pragma once

#include <cstdint>
#include <string_view>

namespace cocached::base {

/// XXH3 of `bytes` with a seed drawn once per process, so that nobody outside can choose keys that
/// collide. Equal only within one process: never stored, never sent.
std::uint64_t hash(std::string_view bytes) noexcept;

}  // namespace cocached::base
