#pragma once

#include "store/memory/epoch_marks.hpp"
#include "store/memory/expiry_histogram.hpp"
#include "store/memory/mapping.hpp"
#include "store/memory/place.hpp"
#include "store/memory/record.hpp"

#include <atomic>
#include <cstdint>

namespace cocached::store {

class SegmentTable;

enum class SegmentState : std::uint8_t {
  filling,   ///< records are appended
  reserved,  ///< large; its record is still arriving, and in no queue
  queued,    ///< full, or closed; waits in a queue
  flushed,   ///< the same, and nothing in it is an item any more
  leaving,   ///< its records are being moved away or dropped
  retired,   ///< no item of the index is here; only pins keep the memory
};

/// A piece of memory that is filled by appending records:
///
///      0                                       used              size
///     +--------+-----------+--------+---------+-------------------+
///     | record | record    | (dead) | record  |       free        |
///     +--------+-----------+--------+---------+-------------------+
///
/// Memory is committed, and paid for, piece by piece as records fill it. A leaving segment frees
/// its memory from the front, piece by piece, unless it is pinned.
///
/// Guarded by its shard's lock, except for the pins.
class alignas(64) Segment {
 public:
  char* data() const noexcept { return reinterpret_cast<char*>(memory.data()); }
  std::size_t size() const noexcept { return memory.size(); }
  std::size_t free_bytes() const noexcept { return size() - used; }
  std::size_t dead_bytes() const noexcept { return used - live; }
  Place place(std::uint32_t offset) const noexcept;

  /// Keeps the memory, and the keys and values in it, as they are. With the shard's lock only.
  void pin() noexcept;

  /// The same; false, and no pin, where that made too much of the shard's memory pinned.
  [[nodiscard]] bool try_pin() noexcept;

  /// Any thread, without the shard's lock. The last pin of a retired segment frees its memory.
  void unpin() noexcept;

  /// Marks the segment as holding no item. Its memory is freed at once, or when the last pin drops.
  /// Any thread, without the shard's lock; once.
  void retire() noexcept;

  /// Returns true if a pin is on the segment. Call it with the shard's lock. Pins are made only
  /// under that lock, so false stays false while the caller holds it. After false, all reads
  /// through earlier pins have happened before.
  bool pinned() const noexcept { return pins() != 0; }
  std::uint32_t pins() const noexcept { return pins_.load(std::memory_order_acquire) & ~kRetired; }

  Mapping memory;
  std::uint32_t id = 0;
  std::uint32_t used = 0;        ///< bytes appended
  std::uint32_t live = 0;        ///< of them, bytes of records that the index knows
  std::uint32_t generation = 0;  ///< of the shard's flushes when it was begun
  std::uint32_t items = 0;       ///< live records
  SegmentState state = SegmentState::retired;
  std::uint8_t level = 0;  ///< of the eviction policy
  bool large = false;      ///< made for one record, to measure
  bool listed = false;     ///< known to the shard as worth compacting

  std::uint64_t born = 0;       ///< bytes that its shard had appended when it was begun
  std::uint32_t charged = 0;    ///< bytes taken from the budget for it
  std::uint32_t released = 0;   ///< bytes at its front that went back while it was leaving
  std::uint32_t created_s = 0;  ///< server time
  EpochMarks epochs;            ///< of its shard's flushes; the first stands where reads look
  double priority = 0;          ///< of the eviction policy: the lowest goes first
  Segment* next = nullptr;      ///< in its queue
  Segment* previous = nullptr;
  SegmentTable* table = nullptr;
  ExpiryHistogram expiry;
  std::uint64_t purged_epoch = 0;  ///< nothing that was flushed before it is left
  std::uint32_t purged_s = 0;      ///< when that was found out; 0: it was clear from the start

 private:
  bool pin_again() noexcept;

  static constexpr std::uint32_t kRetired = std::uint32_t{1} << 31;

  std::atomic<std::uint32_t> pins_ = 0;  // their number, and the mark kRetired
  friend class SegmentTable;
};

inline constexpr unsigned kOffsetBits = 20;
inline constexpr unsigned kSegmentIdBits = kPlaceBits - kOffsetBits;
inline constexpr std::size_t kMaxSegments = std::size_t{1} << kSegmentIdBits;  // of a shard
inline constexpr std::size_t kMaxSegmentSize = std::size_t{1} << kOffsetBits;

inline Place Segment::place(std::uint32_t offset) const noexcept {
  return Place{(std::uint64_t{id} << kOffsetBits) | offset};
}

constexpr std::uint32_t segment_of(Place place) noexcept {
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(place) >> kOffsetBits);
}

constexpr std::uint32_t offset_of(Place place) noexcept {
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(place) & (kMaxSegmentSize - 1));
}

/// Calls `visit(Record, offset)` for the records of `segment` from `offset` on, until about
/// `bytes` bytes are behind; returns where to go on. `visit` may mark records dead, but not add
/// any.
template <class Visit>
std::uint32_t walk(Segment& segment, std::uint32_t offset, std::size_t bytes, Visit&& visit) {
  const std::size_t end = std::min<std::size_t>(segment.used, offset + bytes);
  while (offset < end) {
    Record record(segment.data() + offset);
    const auto next = static_cast<std::uint32_t>(offset + record.size());
    visit(record, offset);
    offset = next;
  }
  return offset;
}

}  // namespace cocached::store
