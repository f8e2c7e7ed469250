#pragma once

#include <cstdint>

namespace cocached::store {

/// Where a record is. Opaque to the index: any value of 38 bits but 0.
enum class Place : std::uint64_t {};

inline constexpr unsigned kPlaceBits = 38;

}  // namespace cocached::store
