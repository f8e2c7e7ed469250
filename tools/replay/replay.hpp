#pragma once

#include "replay/client.hpp"
#include "replay/object.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace cocached::replay {

/// The result of replaying a trace.
struct Outcome {
  std::size_t requests = 0;
  std::size_t misses = 0;
  std::size_t refused_sets = 0;
  std::size_t wrong_values = 0;

  double miss_ratio() const {
    return requests == 0 ? 0 : static_cast<double>(misses) / static_cast<double>(requests);
  }
};

/// The distinct keys of a trace and their bytes.
struct Footprint {
  std::size_t keys = 0;
  std::size_t bytes = 0;  ///< bytes of key strings and values
};

/// Gets every key of `trace` in order, and sets it after a miss. At most `window` requests are in
/// flight, and never two for one key, so every get sees the sets before it.
Outcome replay(std::span<const std::uint32_t> trace, Client& client, std::size_t window);

Footprint footprint(std::span<const std::uint32_t> trace, const Objects& objects);

}  // namespace cocached::replay
