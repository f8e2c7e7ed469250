#pragma once

#include <cstdint>
#include <string_view>

namespace cocached::base {

/// XXH3 of `bytes` with a seed drawn once per process, so that nobody outside can choose keys that
/// collide. Equal only within one process: never stored, never sent.
std::uint64_t hash(std::string_view bytes) noexcept;

/// XXH3 of `bytes` with the seed given: the same in every process, for what is stored.
std::uint64_t checksum(std::string_view bytes, std::uint64_t seed) noexcept;

}  // namespace cocached::base
