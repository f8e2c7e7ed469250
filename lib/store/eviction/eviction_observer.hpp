#pragma once

#include "store/item.hpp"

namespace cocached::store {

/// Is told what leaves the store while it could still be read. Called by any thread that uses the
/// store, under the lock of a shard: it must be quick, and not call the store.
class EvictionObserver {
 public:
  /// While it does not watch it is told nothing.
  virtual bool is_watching() const noexcept = 0;
  virtual void evicted(const ItemView& item, TimePoint now) = 0;

 protected:
  ~EvictionObserver() = default;
};

}  // namespace cocached::store
