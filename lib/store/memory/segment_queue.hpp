#pragma once

#include "store/memory/segment.hpp"

#include <cstddef>

namespace cocached::store {

/// Segments in the order in which they came. Links them, owns none.
class SegmentQueue {
 public:
  bool empty() const noexcept { return first_ == nullptr; }
  Segment* front() const noexcept { return first_; }
  std::size_t bytes() const noexcept { return bytes_; }
  std::size_t size() const noexcept { return size_; }

  template <class Visit>
  void for_each(Visit&& visit) const {
    for (Segment* segment = first_; segment != nullptr; segment = segment->next) visit(*segment);
  }

  void push_back(Segment& segment) noexcept {
    segment.previous = last_;
    segment.next = nullptr;
    (last_ != nullptr ? last_->next : first_) = &segment;
    last_ = &segment;
    bytes_ += segment.charged;
    ++size_;
  }

  void remove(Segment& segment) noexcept {
    (segment.previous != nullptr ? segment.previous->next : first_) = segment.next;
    (segment.next != nullptr ? segment.next->previous : last_) = segment.previous;
    segment.next = segment.previous = nullptr;
    bytes_ -= segment.charged;
    --size_;
  }

 private:
  Segment* first_ = nullptr;
  Segment* last_ = nullptr;
  std::size_t bytes_ = 0;
  std::size_t size_ = 0;
};

}  // namespace cocached::store
