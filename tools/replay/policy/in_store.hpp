#pragma once

#include "replay/object.hpp"
#include "replay/policy/policy.hpp"
#include "store/store.hpp"

#include <cstddef>

namespace cocached::replay {

/// The server's own store, in this process, with values.
class InStore final : public Policy {
 public:
  /// `objects` must outlive the policy.
  InStore(std::size_t capacity, const Objects& objects, store::EvictionPolicy eviction)
      : objects_{objects},
        store_{store::StoreOptions{.memory_limit = capacity, .eviction = eviction, .threads = 1}} {}

  bool request(const Object& object) override {
    const auto bytes = Objects::key(object.key);
    const store::Key key{bytes};
    const auto result = store_.read(key, {}, {}, [](const store::Hit&) {});
    if (result == store::ReadResult::hit) return true;
    store_.write(key, {}, {}, objects_.value(object.key));
    if (++writes_ % kWritesPerStep == 0) store_.maintain({});
    return false;
  }

 private:
  static constexpr std::size_t kWritesPerStep = 1024;  ///< the server takes a step every 100 ms

  const Objects& objects_;
  store::Store store_;
  std::size_t writes_ = 0;
};

}  // namespace cocached::replay
