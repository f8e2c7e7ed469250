#pragma once

#include <cstddef>
#include <cstdint>

namespace cocached::replay {

struct Object {
  std::uint32_t key = 0;
  std::size_t bytes = 0;  ///< the object's share of a cache's capacity, always the same for one key
};

/// A cache without values: it only decides which objects it would hold.
class Policy {
 public:
  virtual ~Policy() = default;

  /// Gets `object`, and sets it after a miss. Returns true if the get was a hit.
  virtual bool request(const Object& object) = 0;
};

}  // namespace cocached::replay
