#pragma once

#include "replay/policy/ghost.hpp"
#include "replay/policy/policy.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

namespace cocached::replay {

/// S3-FIFO (Yang et al., SOSP 2023): new objects pass through a small queue, and only those that
/// were read again get into the main one, where each read earns another round, up to three.
class S3Fifo final : public Policy {
 public:
  explicit S3Fifo(std::size_t capacity) : capacity_{capacity}, small_share_{capacity / 10} {}

  bool request(const Object& object) override {
    if (const auto found = reads_.find(object.key); found != reads_.end()) {
      found->second = std::min(found->second + 1, kMostReads);
      return true;
    }
    reads_[object.key] = 0;
    (ghost_.take(object.key).note != 0 ? main_ : small_).push(object);
    while (small_.bytes + main_.bytes > capacity_) evict();
    return false;
  }

 private:
  static constexpr unsigned kMostReads = 3;
  static constexpr unsigned kReadsToPromote = 2;

  struct Queue {
    void push(const Object& object) {
      objects.push_back(object);
      bytes += object.bytes;
    }
    Object pop() {
      const auto object = objects.front();
      objects.pop_front();
      bytes -= object.bytes;
      return object;
    }

    std::deque<Object> objects;
    std::size_t bytes = 0;
  };

  void evict() { small_.bytes > small_share_ || main_.bytes == 0 ? evict_small() : evict_main(); }

  void evict_small() {
    const auto object = small_.pop();
    auto& reads = reads_[object.key];
    if (reads >= kReadsToPromote) {
      reads = 0;
      main_.push(object);
    } else {
      reads_.erase(object.key);
      ghost_.remember(object.key, 1, std::max<std::size_t>(main_.objects.size(), 1));
    }
  }

  void evict_main() {
    const auto object = main_.pop();
    auto& reads = reads_[object.key];
    if (reads == 0) {
      reads_.erase(object.key);
    } else {
      --reads;
      main_.push(object);
    }
  }

  std::size_t capacity_;
  std::size_t small_share_;
  Queue small_;
  Queue main_;
  std::unordered_map<std::uint32_t, unsigned> reads_;  ///< of held objects, since the last chance
  Ghost ghost_;
};

}  // namespace cocached::replay
