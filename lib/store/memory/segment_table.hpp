#pragma once

#include "base/bounded_count.hpp"
#include "base/thread_annotations.hpp"
#include "store/memory/budget.hpp"
#include "store/memory/mapping.hpp"
#include "store/memory/segment.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cocached::store {

/// Logs once that the system gives fewer addresses than `-m` promises.
void tell_of_no_addresses() noexcept;

/// The segments of a shard by number, and where their memory comes from: the budget, then the
/// system. The descriptors are one array that never moves, so pins may point at them.
///
/// Under the shard's lock, except that the last pin of a retired segment frees it from any thread.
class SegmentTable {
 public:
  /// Memory is committed and given back in pieces of `grain` bytes, rounded up to pages.
  /// `huge_pages`: segments may be made of them.
  SegmentTable(Budget& budget, std::size_t grain, bool huge_pages = false);
  ~SegmentTable();
  SegmentTable(const SegmentTable&) = delete;
  SegmentTable& operator=(const SegmentTable&) = delete;

  Segment& operator[](std::uint32_t id) noexcept { return base_[id]; }
  const Segment& operator[](std::uint32_t id) const noexcept { return base_[id]; }

  /// Ids below this have been in use.
  std::uint32_t end() const noexcept { return end_; }

  /// An empty segment of `size` bytes, rounded up to pages, that costs nothing before `extend`;
  /// null when the system or the numbers don't give one.
  Segment* allocate(std::size_t size);

  /// Takes what the first `used` bytes of it need, in whole grains, from `reserve` what the budget
  /// doesn't have. False, and nothing taken, where both are too small.
  [[nodiscard]] bool extend(Segment& segment, std::size_t used, Charge& reserve) noexcept;
  [[nodiscard]] bool extend(Segment& segment, std::size_t used) noexcept;

  /// The memory before `offset`, where nothing lives and no pin is, goes back in whole grains.
  void release_before(Segment& segment, std::size_t offset) noexcept;

  /// Gives the addresses of up to `most` spare segments back, and frees their numbers. False when
  /// there are none.
  bool unmap_spares(std::size_t most) noexcept;

  /// Returns true if the next allocate() of `size` bytes cannot fail: there is a mapped segment of
  /// that size that nobody uses, or the system gives one now.
  bool secure_spare(std::size_t size);

  /// Makes `segment` retired, and frees it as soon as nobody has a pin on it.
  void retire(Segment& segment) noexcept;

  /// Whether one more segment of `size` bytes may be pinned. `large`: it holds one record alone.
  bool may_pin(std::size_t size, bool large) const noexcept;

  /// Bytes of all segments that are pinned, by one pin or by many. Thread-safe.
  std::size_t pinned_bytes() const noexcept { return pinned_bytes_.used(); }

  /// Bytes of retired segments that are still pinned. Thread-safe.
  std::size_t retired_bytes() const noexcept { return retired_bytes_; }

  /// Gives the unused pages at the end of a segment that is no longer filled back to the budget.
  void trim(Segment& segment) noexcept;

  /// Returns the bytes that all segments together take from the budget. Thread-safe.
  std::size_t memory_bytes() const noexcept { return memory_bytes_; }

  std::size_t bytes() const noexcept { return charge_.bytes(); }  ///< of the table itself

 private:
  std::size_t pin_limit(std::size_t size, bool large) const noexcept;
  std::size_t missing(const Segment& segment, std::size_t used) const noexcept;
  void charge(Segment& segment, std::size_t bytes) noexcept;
  void discharge(Segment& segment, std::size_t bytes) noexcept;
  std::uint32_t take_id();
  std::uint32_t take_spare(std::size_t size) noexcept;
  std::uint32_t map_new(std::size_t size);
  std::uint32_t take_mapped(std::size_t size);
  bool map(Segment& segment, std::size_t size) noexcept;
  void unmap(Segment& segment) noexcept;
  void put_id(std::uint32_t id) noexcept;
  bool put_spare(std::uint32_t id) noexcept;

  /// Takes memory and number of a segment back that nobody points at. Any thread.
  void recycle(Segment& segment) noexcept;

  friend class Segment;

  Budget& budget_;
  const std::size_t grain_;
  const bool huge_pages_;
  std::atomic<std::size_t> memory_bytes_ = 0;
  base::BoundedCount pinned_bytes_;
  std::atomic<std::size_t> retired_bytes_ = 0;
  Charge charge_;
  Mapping memory_;
  Segment* base_;
  std::uint32_t end_ = 1;  // 0 is no segment, so that no place is 0
  base::Mutex mutex_;
  std::vector<std::uint32_t> free_ids_ COCACHED_GUARDED_BY(mutex_);
  // Free segments that keep their empty mapping. Reusing them avoids mmap and munmap, which block
  // the page faults of all threads, and leaves few gaps where memory shrinks: each gap would divide
  // a mapping of the kernel's, which are limited (vm.max_map_count).
  std::vector<std::uint32_t> spare_ids_ COCACHED_GUARDED_BY(mutex_);
};

}  // namespace cocached::store
