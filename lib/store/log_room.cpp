// How a log gets segments, and what it does to have them in time.

#include "store/log.hpp"

#include <new>

namespace cocached::store {
namespace {

// What is read ahead of need: for each byte appended this many bytes of leaving segments. More than
// 1, since some of what leaves is appended again.
constexpr std::size_t kPace = 4;

// So many segments in a row may leave without anything coming free, since all in them survives.
constexpr unsigned kPatience = 8;

constexpr std::size_t kWhole = kMaxSegmentSize;

// Beyond this share of dead bytes a segment is worth compacting.
constexpr std::size_t kWastefulShare = 8;  // 1 / 8

}  // namespace

/// An empty segment. At most a few segments' worth of work.
Segment* Log::obtain(std::size_t bytes) {
  const bool standard = bytes == segment_size_;
  if (!evict_ && !secure_spare()) return nullptr;
  const std::size_t reserved = evict_ ? 0 : 1;
  for (unsigned fruitless = 0;;) {
    if (standard && spares_.size() > reserved) return take_spare();
    if (Segment* const segment = segments_.allocate(bytes)) return segment;
    const std::size_t before = budget_.used();
    hard_pressed_ = fruitless >= kPatience;
    const bool going_on = standard ? reclaim(kWhole, Urgency::needed) : free_some();
    hard_pressed_ = false;
    if (!going_on) return nullptr;
    fruitless = budget_.used() < before ? 0 : fruitless + 1;
  }
}

void Log::start(Segment& segment, unsigned level) noexcept {
  segment.level = static_cast<std::uint8_t>(level);
  segment.priority = levels_.priority(level);
  segment.generation = generation_;
  segment.epochs.begin(epoch_);
  segment.purged_epoch = epoch_;
  segment.large = false;
  segment.created_s = seconds_now();
}

/// Makes `segment` the one that its level fills.
void Log::begin(Segment& segment, unsigned level) {
  start(segment, level);
  segment.state = SegmentState::filling;
  segment.born = appended_;
  segment.expiry = ExpiryHistogram(now_);
  if (Segment* const full = std::exchange(levels_[level].filling, &segment)) close(*full);
}

/// Nothing will be appended to it any more.
void Log::close(Segment& segment) {
  segments_.trim(segment);
  enqueue(segment);
  if (segment.live == 0 && !segment.pinned() && &segment != sweep_.segment) {
    unqueue(segment);
    put_aside(segment);
  } else {
    list_if_wasteful(segment);
  }
}

void Log::enqueue(Segment& segment) noexcept {
  if (segment.large) segment.born = appended_;
  segment.state = SegmentState::queued;
  levels_[segment.level].queue.push_back(segment);
}

void Log::unqueue(Segment& segment) noexcept {
  levels_[segment.level].queue.remove(segment);
}

/// A segment that holds nothing any more, and is in no queue: kept for the next need, or freed.
void Log::put_aside(Segment& segment) noexcept {
  if (sweep_.segment == &segment) sweep_.segment = nullptr;
  if (std::exchange(segment.listed, false)) std::erase(compactable_, &segment);
  const bool keep = spares_.size() < spares_wanted_ && !segment.large && !segment.pinned() &&
                    segments_.renew(segment);
  if (keep) {
    spares_.push_back(segment);
  } else {
    segments_.retire(segment);
  }
}

bool Log::wasteful(const Segment& segment) const noexcept {
  return !segment.large && segment.dead_bytes() >= segment_size_ / kWastefulShare;
}

void Log::list_if_wasteful(Segment& segment) {
  if (segment.listed || !wasteful(segment)) return;
  segment.listed = true;
  compactable_.push_back(&segment);
}

/// Where nothing may be dropped, compaction must not run out of room: a spare is kept for it, in
/// which all that lives in any one segment fits.
bool Log::secure_spare() {
  if (!spares_.empty()) return true;
  Segment* const spare = segments_.allocate(segment_size_);
  if (spare != nullptr) spares_.push_back(*spare);
  return spare != nullptr;
}

Segment* Log::take_spare() noexcept {
  Segment* const spare = spares_.front();
  if (spare != nullptr) spares_.remove(*spare);
  return spare;
}

bool Log::free_spare() {
  if (!evict_ && spares_.size() <= 1) return false;
  Segment* const spare = take_spare();
  if (spare != nullptr) segments_.retire(*spare);
  return spare != nullptr;
}

/// Gives some memory back to the budget, if it takes a whole segment's work.
bool Log::free_some() {
  return free_spare() || (reclaim(kWhole, Urgency::needed) && (free_spare(), true));
}

bool Log::give(std::size_t bytes) {
  const std::size_t before = segment_bytes();
  while (segment_bytes() + bytes > before) {
    if (!free_some()) return segment_bytes() < before;
  }
  return true;
}

/// Lets the index grow when it wants to and memory can be had. Where none can, it gets slower, and
/// in the end refuses.
void Log::make_index_room() {
  if (index_growing_ && !index_.resizing()) settle_index();
  while (index_.wants_growth()) {
    if (!index_charge_.try_add(index_.growth_bytes())) {
      if (!free_some()) break;
      continue;
    }
    try {
      index_.grow();
      index_growing_ = true;
    } catch (const std::bad_alloc&) {
      settle_index();
      break;
    }
  }
}

/// Gives back what was taken for a resize of the index, which is over.
void Log::settle_index() noexcept {
  index_growing_ = false;
  index_charge_.set(index_.bytes());
}

/// Works towards spare segments, so that they are there when they are needed.
/// Idle spares are memory lost to items, so the last one is made only when it will be needed soon;
/// but compaction gains little at a time, so that goes on steadily.
void Log::keep_ahead(std::size_t appended, const Segment& to) {
  const std::size_t had = spares_.size();
  if (had >= spares_wanted_) return;
  if (budget_.has(segment_size_)) {
    // The first one in time: without it the first compaction would have to drop what it can't move.
    if (had == 0 && !budget_.has(budget_.limit() / 16)) secure_spare();
    return;
  }
  const bool compacting = victim_.segment != nullptr ? !victim_.evicting : !compactable_.empty();
  const bool is_time = had + 1 < spares_wanted_ || to.large || compacting ||
                       to.free_bytes() <= segment_size_ / kPace;
  if (is_time) reclaim(appended * std::max(kPace, victim_.pace), Urgency::ahead);
}

}  // namespace cocached::store
