#pragma once

#include <cstdint>

namespace cocached::store {

/// The address of a record: its segment and its offset. Any value of 38 bits except 0; the index
/// does not interpret it.
enum class Place : std::uint64_t {};

inline constexpr unsigned kPlaceBits = 38;

}  // namespace cocached::store
