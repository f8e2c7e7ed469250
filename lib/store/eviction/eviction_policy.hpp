#pragma once

#include <cstdint>

namespace cocached::store {

/// Which items leave first when room is needed.
enum class EvictionPolicy : std::uint8_t {
  adaptive,  ///< those of least credit: see RecordCredit and EvictionQueues
  lru,       ///< roughly those that were not used for longest, whatever their size; to compare with
};

}  // namespace cocached::store
