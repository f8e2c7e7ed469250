#pragma once

#include "replay/policy/policy.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cocached::replay {

/// Evicts the object that will be requested last, because it knows the future (L. Belady, 1966). No
/// policy has fewer misses with objects of one size. With mixed sizes it is greedy and not optimal.
class Belady final : public Policy {
 public:
  /// `trace` is exactly the sequence of later requests; only the constructor reads it.
  Belady(std::size_t capacity, std::span<const std::uint32_t> trace)
      : capacity_{capacity}, next_use_(trace.size()) {
    std::unordered_map<std::uint32_t, std::size_t> seen;
    for (std::size_t i = trace.size(); i-- != 0;) {
      const auto later = seen.find(trace[i]);
      next_use_[i] = later == seen.end() ? kNever : later->second;
      seen[trace[i]] = i;
    }
  }

  bool request(const Object& object) override {
    const auto next = next_use_[now_];
    const bool hit = held_.erase({now_, object.key}) != 0;
    ++now_;
    held_.emplace(std::pair{next, object.key}, object.bytes);
    if (hit) return true;
    used_ += object.bytes;
    while (used_ > capacity_) evict();
    return false;
  }

 private:
  static constexpr std::size_t kNever = SIZE_MAX;

  void evict() {
    const auto last = std::prev(held_.end());
    used_ -= last->second;
    held_.erase(last);
  }

  std::size_t capacity_;
  std::size_t used_ = 0;
  std::size_t now_ = 0;                ///< requests so far
  std::vector<std::size_t> next_use_;  ///< for each request, the next request of its object
  std::map<std::pair<std::size_t, std::uint32_t>, std::size_t> held_;  ///< (next use, key): bytes
};

}  // namespace cocached::replay
