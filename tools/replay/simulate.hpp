#pragma once

#include "replay/object.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cocached::replay {

/// The misses of one policy on a trace.
struct Simulated {
  std::string policy;
  std::size_t misses = 0;
};

/// Runs every policy on `trace` with room for `count` objects of any size.
std::vector<Simulated> simulate_objects(std::span<const std::uint32_t> trace, std::size_t count);

/// Runs every policy and the store itself on `trace`, with `bytes` of memory for keys and values.
/// The policies also count kOverhead for each object.
std::vector<Simulated> simulate_bytes(std::span<const std::uint32_t> trace, std::size_t bytes,
                                      const Objects& objects);

inline constexpr std::size_t kOverhead =
    32;  ///< the store's bytes for an object beside key and value

}  // namespace cocached::replay
