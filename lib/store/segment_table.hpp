#pragma once

#include "base/thread_annotations.hpp"
#include "store/budget.hpp"
#include "store/mapping.hpp"
#include "store/segment.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cocached::store {

/// The segments of a shard by number, and where their memory comes from: the budget, then the
/// system. The descriptors are one array that never moves, so pins may point at them.
///
/// Under the shard's lock, except that the last pin of a retired segment frees it from any thread.
class SegmentTable {
 public:
  /// `huge_pages`: segments may be made of them.
  explicit SegmentTable(Budget& budget, bool huge_pages = false);
  ~SegmentTable();
  SegmentTable(const SegmentTable&) = delete;
  SegmentTable& operator=(const SegmentTable&) = delete;

  Segment& operator[](std::uint32_t id) noexcept { return base_[id]; }
  const Segment& operator[](std::uint32_t id) const noexcept { return base_[id]; }

  /// Ids below this have been in use.
  std::uint32_t end() const noexcept { return end_; }

  /// An empty segment of `bytes`, rounded up to pages; null when the budget, the system or the
  /// numbers don't give one.
  Segment* allocate(std::size_t bytes);

  /// Makes `segment` retired, and frees it as soon as nobody has a pin on it.
  void retire(Segment& segment) noexcept;

  /// Bytes of retired segments that are still pinned. Thread-safe.
  std::size_t retired_bytes() const noexcept { return retired_bytes_; }

  /// Gives the pages behind what is used back, while the segment stays.
  void trim(Segment& segment) noexcept;

  /// Makes a used segment an empty one. False when its trimmed pages can't be had again.
  bool renew(Segment& segment) noexcept;

  /// Of all segments. Thread-safe.
  std::size_t memory_bytes() const noexcept { return memory_bytes_; }

  std::size_t bytes() const noexcept { return charge_.bytes(); }  ///< of the table itself

 private:
  std::uint32_t take_id();
  void put_id(std::uint32_t id) noexcept;

  /// Takes memory and number of a segment back that nobody points at. Any thread.
  void recycle(Segment& segment) noexcept;

  friend class Segment;

  Budget& budget_;
  const bool huge_pages_;
  std::atomic<std::size_t> memory_bytes_ = 0;
  std::atomic<std::size_t> retired_bytes_ = 0;
  Charge charge_;
  Mapping memory_;
  Segment* base_;
  std::uint32_t end_ = 1;  // 0 is no segment, so that no place is 0
  base::Mutex mutex_;
  std::vector<std::uint32_t> free_ids_ COCACHED_GUARDED_BY(mutex_);
};

}  // namespace cocached::store
