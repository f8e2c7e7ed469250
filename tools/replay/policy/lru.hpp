#pragma once

#include "replay/policy/policy.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>

namespace cocached::replay {

/// Evicts the object that was not requested for the longest time.
class Lru final : public Policy {
 public:
  explicit Lru(std::size_t capacity) : capacity_{capacity} {}

  bool request(const Object& object) override {
    if (const auto found = places_.find(object.key); found != places_.end()) {
      order_.splice(order_.begin(), order_, found->second);
      return true;
    }
    order_.push_front(object);
    places_[object.key] = order_.begin();
    used_ += object.bytes;
    while (used_ > capacity_) evict();
    return false;
  }

 private:
  void evict() {
    used_ -= order_.back().bytes;
    places_.erase(order_.back().key);
    order_.pop_back();
  }

  std::size_t capacity_;
  std::size_t used_ = 0;
  std::list<Object> order_;  ///< latest first
  std::unordered_map<std::uint32_t, std::list<Object>::iterator> places_;
};

}  // namespace cocached::replay
