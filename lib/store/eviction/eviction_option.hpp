#pragma once

#include <cstdint>

namespace cocached::store {

/// The rule by which the store chooses items to evict.
enum class EvictionPolicy : std::uint8_t {
  adaptive,  ///< items of least credit leave first: see RecordCredit and EvictionOrder
  lru,       ///< roughly the least recently used leave first, whatever their size; for comparison
};

}  // namespace cocached::store
