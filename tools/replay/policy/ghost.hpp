#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <utility>

namespace cocached::replay {

/// Remembers the keys that were evicted last, and a small number with each.
class Ghost {
 public:
  struct Memory {
    unsigned note = 0;
    std::size_t age = 0;  ///< the number of keys remembered since
  };

  /// Remembers `key`, and forgets the oldest ones above `capacity`.
  void remember(std::uint32_t key, unsigned note, std::size_t capacity) {
    memories_[key] = {note, remembered_};
    order_.emplace_back(key, remembered_++);
    while (order_.size() > capacity) {
      const auto [oldest, number] = order_.front();
      order_.pop_front();
      const auto found = memories_.find(oldest);
      if (found != memories_.end() && found->second.age == number) memories_.erase(found);
    }
  }

  /// Forgets `key`. Returns a note of 0 if `key` was not remembered.
  Memory take(std::uint32_t key) {
    const auto found = memories_.find(key);
    if (found == memories_.end()) return {};
    const auto [note, number] = found->second;
    memories_.erase(found);
    return {note, remembered_ - number};
  }

 private:
  std::size_t remembered_ = 0;
  std::deque<std::pair<std::uint32_t, std::size_t>> order_;  ///< key and number, oldest first
  std::unordered_map<std::uint32_t, Memory> memories_;       ///< age here: number in the order
};

}  // namespace cocached::replay
