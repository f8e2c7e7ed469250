// Data structures: an array of segment descriptors that never moves; a list of free numbers; and a
// list of spare segments, which are free but keep their mapping.
//
// Invariant: `segment.charged` bytes of each segment are taken from the budget, and cover its used
// bytes less those released; `memory_bytes_` is the sum over all segments.
// Invariant: `pinned_bytes_` is the sum of the sizes of all segments that have a pin.
// Invariant: a segment is recycled once: by the call that sets its retired mark if it has no pin,
// or else by the unpin that takes its last pin.
//
// The shard's lock guards the descriptors. Pin counts are atomic. `mutex_` guards the two lists,
// since the last unpin recycles from any thread.

#include "store/memory/segment_table.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace cocached::store {
namespace {

constexpr std::size_t kLeastSpares = 4, kComparedSpares = 4;

// Shares of a shard's memory that may be pinned: beyond it values are copied. A pin on a segment of
// many records holds more than its reader wants. One on a segment of a single record holds no more
// than a copy would; so one such segment may be pinned in any case, however small the share is.
constexpr std::size_t kPinnedShare = 8, kPinnedShareIfLarge = 4;  // 1 / 8, 1 / 4

/// Forgets what was in it; the number stays.
void clear(Segment& segment) noexcept {
  segment.used = 0;
  segment.live = 0;
  segment.items = 0;
  segment.charged = 0;
  segment.released = 0;
  segment.listed = false;
  segment.expiry = {};
  segment.epochs = {};
  segment.purged_s = 0;
}

void tell_of_no_huge_pages() noexcept {
  static std::atomic_flag told;
  if (!told.test_and_set()) base::log_warning("-L: the system has no huge pages for items");
}

}  // namespace

void tell_of_no_addresses() noexcept {
  static std::atomic_flag told;
  if (!told.test_and_set())
    base::log_warning("the system gives less memory than -m promises: items are evicted earlier");
}

void Segment::pin() noexcept {
  if (pins_.fetch_add(1, std::memory_order_relaxed) == 0) table->pinned_bytes_.take(size());
}

bool Segment::try_pin() noexcept {
  if (pin_again()) return true;
  if (!table->pinned_bytes_.try_take(size(), table->pin_limit(size(), large))) return false;
  pins_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

/// Adds a pin if there is one, which may go in any thread meanwhile.
bool Segment::pin_again() noexcept {
  std::uint32_t pins = pins_.load(std::memory_order_relaxed);
  do {
    if ((pins & ~kRetired) == 0) return false;
  } while (!pins_.compare_exchange_weak(pins, pins + 1, std::memory_order_relaxed));
  return true;
}

void Segment::unpin() noexcept {
  const std::size_t bytes = size();  // without the pin the segment may be another one
  const std::uint32_t before = pins_.fetch_sub(1, std::memory_order_acq_rel);
  if ((before & ~kRetired) != 1) return;
  table->pinned_bytes_.give_back(bytes);
  if (before == (kRetired | 1)) table->recycle(*this);
}

void Segment::retire() noexcept {
  table->retired_bytes_ += charged;
  if (pins_.fetch_or(kRetired, std::memory_order_acq_rel) == 0) table->recycle(*this);
}

// The array is reserved for the largest number of segments; the system commits what is touched.
SegmentTable::SegmentTable(Budget& budget, std::size_t grain, bool huge_pages)
    : budget_(budget),
      grain_(Mapping::round_to_pages(grain)),
      huge_pages_(huge_pages),
      charge_(budget),
      memory_(kMaxSegments * sizeof(Segment)),
      base_(reinterpret_cast<Segment*>(memory_.data())) {}

SegmentTable::~SegmentTable() {
  for (std::uint32_t id = 1; id < end_; ++id) {
    budget_.give_back(base_[id].charged);
    budget_.note_unmapped(base_[id].memory.size());
    std::destroy_at(&base_[id]);
  }
}

std::uint32_t SegmentTable::take_id() {
  {
    const base::MutexLock lock(mutex_);
    if (!free_ids_.empty()) {
      const std::uint32_t id = free_ids_.back();
      free_ids_.pop_back();
      return id;
    }
    if (free_ids_.capacity() <= end_) {  // lest recycle() has to throw
      free_ids_.reserve(2 * std::size_t{end_});
      spare_ids_.reserve(2 * std::size_t{end_});
    }
  }
  if (end_ == kMaxSegments) return 0;
  Segment* const segment = std::construct_at(&base_[end_]);
  segment->id = end_;
  segment->table = this;
  ++end_;
  charge_.set(Mapping::round_to_pages(end_ * sizeof(Segment)));
  return segment->id;
}

/// A number whose segment is of `size` bytes already; 0 when there is none.
std::uint32_t SegmentTable::take_spare(std::size_t size) noexcept {
  const base::MutexLock lock(mutex_);
  const auto compared = std::span(spare_ids_).last(std::min(spare_ids_.size(), kComparedSpares));
  for (std::uint32_t& spare : compared) {
    if (base_[spare].size() != size) continue;
    const std::uint32_t id = std::exchange(spare, spare_ids_.back());
    spare_ids_.pop_back();
    return id;
  }
  return 0;
}

bool SegmentTable::unmap_spares(std::size_t most) noexcept {
  const base::MutexLock lock(mutex_);
  if (spare_ids_.empty()) return false;
  for (; most > 0 && !spare_ids_.empty(); --most) {
    unmap(base_[spare_ids_.back()]);
    free_ids_.push_back(spare_ids_.back());
    spare_ids_.pop_back();
  }
  return true;
}

bool SegmentTable::secure_spare(std::size_t size) {
  const std::uint32_t id = take_mapped(size);
  if (id == 0) return false;
  const base::MutexLock lock(mutex_);
  spare_ids_.push_back(id);
  return true;
}

/// False where the system, or the mapping limit that it has caused before, refuses.
bool SegmentTable::map(Segment& segment, std::size_t size) noexcept {
  if (!budget_.try_map(size)) return false;
  try {
    segment.memory = Mapping(size);
    return true;
  } catch (const std::bad_alloc&) {
    budget_.note_unmapped(size);
    budget_.lower_mapping_limit();
    tell_of_no_addresses();
    return false;
  }
}

void SegmentTable::unmap(Segment& segment) noexcept {
  budget_.note_unmapped(segment.memory.size());
  segment.memory = {};
}

/// A number whose segment has a new mapping; 0 when the system or the numbers don't give one.
std::uint32_t SegmentTable::map_new(std::size_t size) {
  std::uint32_t id = take_id();
  if (id == 0 && unmap_spares(1)) id = take_id();
  if (id == 0) return 0;
  if (!map(base_[id], Mapping::round_to_pages(size))) {
    put_id(id);
    return unmap_spares(kMaxSegments) ? map_new(size) : 0;
  }
  if (huge_pages_ && !base_[id].memory.allow_huge_pages()) tell_of_no_huge_pages();
  return id;
}

/// A number whose segment is mapped and used by nobody; 0 where there is none to be had.
std::uint32_t SegmentTable::take_mapped(std::size_t size) {
  const std::uint32_t id = take_spare(Mapping::round_to_pages(size));
  return id != 0 ? id : map_new(size);
}

Segment* SegmentTable::allocate(std::size_t size) {
  const std::uint32_t id = take_mapped(size);
  if (id == 0) return nullptr;
  Segment& segment = base_[id];
  clear(segment);
  segment.state = SegmentState::filling;
  return &segment;
}

bool SegmentTable::may_pin(std::size_t size, bool large) const noexcept {
  return pinned_bytes_.has_room(size, pin_limit(size, large));
}

/// Bytes that may be pinned with a segment of `size`: a lone large one always may.
std::size_t SegmentTable::pin_limit(std::size_t size, bool large) const noexcept {
  if (!large) return budget_.share() / kPinnedShare;
  return std::max(budget_.share() / kPinnedShareIfLarge, size);
}

/// Bytes to be charged before `used` bytes may be in use.
std::size_t SegmentTable::missing(const Segment& segment, std::size_t used) const noexcept {
  if (used <= segment.charged) return 0;
  const std::size_t grains = (used + grain_ - 1) / grain_ * grain_;
  return std::min(grains, segment.size()) - segment.charged;
}

bool SegmentTable::extend(Segment& segment, std::size_t used) noexcept {
  const std::size_t bytes = missing(segment, used);
  if (bytes == 0) return true;
  if (!budget_.try_take(bytes)) return false;
  charge(segment, bytes);
  return true;
}

bool SegmentTable::extend(Segment& segment, std::size_t used, Charge& reserve) noexcept {
  if (extend(segment, used)) return true;
  const std::size_t bytes = missing(segment, used);
  if (reserve.bytes() < bytes) return false;
  charge(segment, reserve.hand_over(bytes));
  return true;
}

void SegmentTable::charge(Segment& segment, std::size_t bytes) noexcept {
  segment.charged += static_cast<std::uint32_t>(bytes);
  memory_bytes_ += bytes;
}

void SegmentTable::discharge(Segment& segment, std::size_t bytes) noexcept {
  segment.charged -= static_cast<std::uint32_t>(bytes);
  memory_bytes_ -= bytes;
  budget_.give_back(bytes);
}

void SegmentTable::release_before(Segment& segment, std::size_t offset) noexcept {
  const std::size_t end = offset / grain_ * grain_;
  if (end <= segment.released) return;
  const std::size_t bytes = end - segment.released;
  segment.memory.release(segment.released, bytes);
  segment.released = static_cast<std::uint32_t>(end);
  discharge(segment, bytes);
}

void SegmentTable::retire(Segment& segment) noexcept {
  segment.state = SegmentState::retired;
  segment.retire();
}

void SegmentTable::recycle(Segment& segment) noexcept {
  const bool reusable = !segment.large;
  if (reusable) segment.memory.release(segment.released, segment.size() - segment.released);
  retired_bytes_ -= segment.charged;
  discharge(segment, segment.charged);
  segment.pins_.store(0, std::memory_order_relaxed);
  if (reusable && put_spare(segment.id)) return;
  unmap(segment);
  put_id(segment.id);
}

/// Keeps a segment with its mapping, whose memory is released. False when there are enough: as many
/// as the segments in use, so that what is left after most of them went doesn't cost page tables.
bool SegmentTable::put_spare(std::uint32_t id) noexcept {
  if (budget_.exceeds_mappings()) return false;
  const base::MutexLock lock(mutex_);
  const std::size_t in_use = memory_bytes() / base_[id].size();
  if (spare_ids_.size() >= std::max(in_use, kLeastSpares)) return false;
  spare_ids_.push_back(id);
  return true;
}

void SegmentTable::put_id(std::uint32_t id) noexcept {
  const base::MutexLock lock(mutex_);
  free_ids_.push_back(id);
}

void SegmentTable::trim(Segment& segment) noexcept {
  const std::size_t keep = Mapping::round_to_pages(segment.used);
  if (keep < segment.charged) discharge(segment, segment.charged - keep);
}

}  // namespace cocached::store
