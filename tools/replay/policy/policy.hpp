#pragma once

#include <cstddef>
#include <cstdint>

namespace cocached::replay {

struct Object {
  std::uint32_t key = 0;
  std::size_t bytes = 0;  ///< what it takes of a cache's capacity, always the same for one key
};

/// A cache that keeps no values, only decides which objects it would hold.
class Policy {
 public:
  virtual ~Policy() = default;

  /// A get of `object`, and a set when that was a miss. Returns whether it was a hit.
  virtual bool request(const Object& object) = 0;
};

}  // namespace cocached::replay
