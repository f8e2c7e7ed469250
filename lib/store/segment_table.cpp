#include "store/segment_table.hpp"

#include <memory>
#include <new>

namespace cocached::store {
namespace {

constexpr std::size_t kMaxSegments = std::size_t{1} << kSegmentIdBits;

/// Forgets what was in it; memory and number stay.
void clear(Segment& segment) noexcept {
  segment.used = 0;
  segment.live = 0;
  segment.items = 0;
  segment.listed = false;
  segment.expiry = {};
  segment.epochs = {};
  segment.purged_s = 0;
}

}  // namespace

void Segment::unpin() noexcept {
  if (pins_.fetch_sub(1, std::memory_order_acq_rel) == (kRetired | 1)) table->recycle(*this);
}

void Segment::retire() noexcept {
  table->retired_bytes_ += charged;
  if (pins_.fetch_or(kRetired, std::memory_order_acq_rel) == 0) table->recycle(*this);
}

// The array is reserved for the largest number of segments; the system commits what is touched.
SegmentTable::SegmentTable(Budget& budget, bool huge_pages)
    : budget_(budget),
      huge_pages_(huge_pages),
      charge_(budget),
      memory_(kMaxSegments * sizeof(Segment)),
      base_(reinterpret_cast<Segment*>(memory_.data())) {}

SegmentTable::~SegmentTable() {
  for (std::uint32_t id = 1; id < end_; ++id) {
    budget_.give_back(base_[id].charged);
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
    if (free_ids_.capacity() <= end_)
      free_ids_.reserve(2 * std::size_t{end_});  // put_id can't throw
  }
  if (end_ == kMaxSegments) return 0;
  Segment* const segment = std::construct_at(&base_[end_]);
  segment->id = end_;
  segment->table = this;
  ++end_;
  charge_.set(Mapping::round_to_pages(end_ * sizeof(Segment)));
  return segment->id;
}

Segment* SegmentTable::allocate(std::size_t bytes) {
  bytes = Mapping::round_to_pages(bytes);
  if (!budget_.try_take(bytes)) return nullptr;
  const std::uint32_t id = take_id();
  try {
    if (id == 0) throw std::bad_alloc();
    base_[id].memory = Mapping(bytes);
  } catch (const std::bad_alloc&) {
    budget_.give_back(bytes);
    if (id != 0) put_id(id);
    return nullptr;
  }
  Segment& segment = base_[id];
  if (huge_pages_) segment.memory.allow_huge_pages();
  clear(segment);
  segment.charged = static_cast<std::uint32_t>(bytes);
  memory_bytes_ += bytes;
  segment.state = SegmentState::filling;
  return &segment;
}

void SegmentTable::retire(Segment& segment) noexcept {
  segment.state = SegmentState::retired;
  segment.retire();
}

void SegmentTable::recycle(Segment& segment) noexcept {
  segment.memory = {};
  retired_bytes_ -= segment.charged;
  memory_bytes_ -= segment.charged;
  budget_.give_back(std::exchange(segment.charged, 0));
  segment.pins_.store(0, std::memory_order_relaxed);
  put_id(segment.id);
}

void SegmentTable::put_id(std::uint32_t id) noexcept {
  const base::MutexLock lock(mutex_);
  free_ids_.push_back(id);
}

void SegmentTable::trim(Segment& segment) noexcept {
  const std::size_t keep = Mapping::round_to_pages(segment.used);
  if (keep >= segment.charged) return;
  segment.memory.release(keep, segment.size() - keep);
  budget_.give_back(segment.charged - keep);
  memory_bytes_ -= segment.charged - keep;
  segment.charged = static_cast<std::uint32_t>(keep);
}

bool SegmentTable::renew(Segment& segment) noexcept {
  if (!budget_.try_take(segment.size() - segment.charged)) return false;
  memory_bytes_ += segment.size() - segment.charged;
  segment.charged = static_cast<std::uint32_t>(segment.size());
  clear(segment);
  segment.state = SegmentState::filling;
  return true;
}

}  // namespace cocached::store
