// Room for new records: the log takes it from the budget, or frees it by reclaiming segments.
//
// Data structures: `reserve_` is a charge on the budget that only moving records may use.
// `levels_[n].filling` is the segment that level n fills; `compactable_` lists segments in which
// many bytes are dead.
//
// Invariant: no new record is appended before the reserve is whole, so a victim can always be
// processed.
// Invariant: a segment is in the queue of its level exactly while its state is `queued`.
// Invariant: `listed` is set exactly for the segments that stand in `compactable_` and still count;
// an entry whose segment is not `listed` is stale and is skipped.
//
// The shard's lock guards all of it.

#include "store/record_log.hpp"

#include <new>

namespace cocached::store {
namespace {

// Bytes of leaving segments that a write processes ahead of need, for each byte it appends. More
// than 1, since some records of a leaving segment are appended again.
constexpr std::size_t kPace = 4;

// Segments that may leave in a row without freeing memory, because all their records survive.
constexpr std::size_t kPatience = 8;

// Beyond this share of dead bytes a segment is worth compacting.
constexpr std::size_t kWastefulShare = 8;  // 1 / 8

constexpr std::size_t kGrainsInReserve = 6, kGrainsAhead = 8;

}  // namespace

/// Frees memory until the budget has `bytes`. At most a few segments' worth of work for a segment.
bool RecordLog::make_room(std::size_t bytes) {
  std::size_t in_vain = 0;
  while (!budget_.has(bytes)) {
    const std::size_t before = budget_.used();
    drop_survivors_ = in_vain >= kPatience * segment_size_;
    const bool going_on = reclaim(grain_, Urgency::needed);
    drop_survivors_ = false;
    if (!going_on) return false;
    in_vain = budget_.used() < before ? 0 : in_vain + grain_;
  }
  return true;
}

/// Returns a new segment of `size` bytes. Where the system gives no addresses, the shard is full
/// whatever the budget says: segments leave until their addresses are enough. The work is bounded,
/// since pins may make it vain. Returns null then.
Segment* RecordLog::allocate_or_evict(std::size_t size) {
  if (!evict_) return segments_.allocate(size);
  const std::size_t patience = size + kPatience * segment_size_;
  for (std::size_t worked = 0;; worked += segment_size_) {
    if (Segment* const segment = segments_.allocate(size)) return segment;
    if (worked > 2 * patience) return nullptr;
    drop_survivors_ = worked > patience;
    const bool going_on = reclaim(segment_size_, Urgency::needed);
    drop_survivors_ = false;
    if (!going_on) return nullptr;
  }
}

/// Returns the bytes that the reserve lacks. A record that moves out of a leaving segment needs
/// room before its old room comes free. With eviction a few grains are enough, since a record
/// without room may be dropped. Without eviction the reserve holds two segments: a pin may keep the
/// whole leaving segment, and the segments that receive its records waste some bytes at their ends.
std::size_t RecordLog::missing_reserve() const noexcept {
  const std::size_t wanted =
      evict_ ? std::min(kGrainsInReserve * grain_, segment_size_) : 2 * segment_size_;
  return wanted - std::min(wanted, reserve_.bytes());
}

/// Fills the reserve from the budget as far as the budget has room.
void RecordLog::top_up_reserve() noexcept {
  while (missing_reserve() != 0 && reserve_.try_add(std::min(missing_reserve(), grain_))) {
  }
}

/// Makes the reserve whole. No new record is appended before that.
bool RecordLog::refill_reserve() {
  for (top_up_reserve(); missing_reserve() != 0; top_up_reserve()) {
    if (!make_room(std::min(missing_reserve(), grain_))) return false;
  }
  return true;
}

void RecordLog::init_segment(Segment& segment, unsigned level) noexcept {
  segment.level = static_cast<std::uint8_t>(level);
  segment.priority = levels_.priority(level);
  segment.generation = generation_;
  segment.epochs.begin(epoch_);
  segment.purged_epoch = epoch_;
  segment.large = false;
  segment.created_s = seconds_now();
}

/// Makes `segment` the one that its level fills.
void RecordLog::begin_filling(Segment& segment, unsigned level) {
  init_segment(segment, level);
  segment.state = SegmentState::filling;
  segment.born = appended_;
  segment.expiry = ExpiryHistogram(now_);
  if (Segment* const full = std::exchange(levels_[level].filling, &segment)) end_filling(*full);
}

/// Closes a segment: no record is appended to it any more.
void RecordLog::end_filling(Segment& segment) {
  segments_.trim(segment);
  enqueue(segment);
  if (segment.live == 0 && !segment.pinned() && &segment != sweep_.segment) {
    unqueue(segment);
    retire_segment(segment);
  } else {
    list_if_wasteful(segment);
  }
}

void RecordLog::enqueue(Segment& segment) noexcept {
  if (segment.large) segment.born = appended_;
  segment.state = SegmentState::queued;
  levels_[segment.level].queue.push_back(segment);
}

void RecordLog::unqueue(Segment& segment) noexcept {
  levels_[segment.level].queue.remove(segment);
}

/// Retires a segment that holds no live record and is in no queue.
void RecordLog::retire_segment(Segment& segment) noexcept {
  if (sweep_.segment == &segment) sweep_.segment = nullptr;
  if (std::exchange(segment.listed, false)) std::erase(compactable_, &segment);
  segments_.retire(segment);
}

bool RecordLog::is_wasteful(const Segment& segment) const noexcept {
  return !segment.large && segment.dead_bytes() >= segment_size_ / kWastefulShare;
}

void RecordLog::list_if_wasteful(Segment& segment) {
  if (segment.listed || !is_wasteful(segment)) return;
  segment.listed = true;
  compactable_.push_back(&segment);
}

bool RecordLog::free_for_others(std::size_t bytes) {
  const std::size_t before = segment_bytes();
  while (segment_bytes() + std::max(bytes, segment_size_) > before) {
    if (!reclaim(segment_size_, Urgency::needed)) return segment_bytes() < before;
  }
  return true;
}

/// Grows the index if it is too full and the budget has room; otherwise frees a grain for it, so
/// that later writes can grow it. Without memory an index gets slower, and in the end refuses to
/// insert.
void RecordLog::make_index_room() {
  if (index_growing_ && !index_.resizing()) settle_index_charge();
  if (!index_.wants_growth()) return;
  if (!index_charge_.try_add(index_.growth_bytes())) {
    reclaim(grain_, Urgency::needed);
    return;
  }
  try {
    index_.grow();
    index_growing_ = true;
  } catch (const std::bad_alloc&) {
    settle_index_charge();
  }
}

/// Ends a resize of the index: its charge becomes the bytes that it really uses.
void RecordLog::settle_index_charge() noexcept {
  index_growing_ = false;
  index_charge_.set(index_.bytes());
}

/// Reclaims a little memory ahead of need, so that no later write waits for more than a slice. It
/// keeps only few grains free, since free memory holds no items.
void RecordLog::reclaim_ahead(std::size_t appended) {
  if (budget_.has(std::min(kGrainsAhead * grain_, segment_size_))) return;
  reclaim(appended * std::max(kPace, victim_.pace), Urgency::ahead);
}

}  // namespace cocached::store
