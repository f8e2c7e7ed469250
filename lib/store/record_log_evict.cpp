// Eviction and compaction: the log empties one segment, the victim, a slice at a time.
//
// Data structures: `victim_` names the leaving segment and the offset up to which it is processed.
// `flushed_`, `compactable_` and the queues of `levels_` name the candidates, in this order.
//
// Invariant: at most one segment is leaving, and it is in no queue.
// Invariant: no record of a leaving segment before `victim_.offset` is live. The memory before the
// offset may therefore go back to the budget, grain by grain, unless a pin holds the segment.
// Invariant: a moved record is live in its new place before the next record is looked at.
//
// The shard's lock guards all of it.

#include "base/hash.hpp"
#include "store/record_log.hpp"

#include <algorithm>

namespace cocached::store {
namespace {

constexpr std::size_t kCompared = 128;  // segments

// Grains that one call gives back when no write waits. A call for each grain cost a quarter of the
// time of all evictions, because the kernel interrupts every CPU that runs a thread of this
// process.
constexpr std::size_t kGrainsReleased = 8;

}  // namespace

/// Works off about `bytes` bytes of a leaving segment, and frees them. False when none can leave.
bool RecordLog::reclaim(std::size_t bytes, Urgency urgency) {
  if (victim_.segment == nullptr && !begin_victim(urgency)) return false;
  // Their buckets are scattered all over the index: load them all before the first is needed.
  Segment& segment = *victim_.segment;
  walk(segment, victim_.offset, bytes, [this](Record record, std::uint32_t) {
    if (!record.dead()) index_.hint().prefetch(base::hash(record.key()));
  });
  victim_.offset =
      walk(segment, victim_.offset, bytes,
           [this](Record record, std::uint32_t offset) { drop_or_move(record, offset); });
  const std::size_t least = urgency == Urgency::needed ? grain_ : kGrainsReleased * grain_;
  if (victim_.offset >= segment.used) {
    finish_victim();
  } else if (victim_.offset - segment.released >= least && !segment.pinned()) {
    segments_.release_before(segment, victim_.offset);
  }
  top_up_reserve();
  return true;
}

bool RecordLog::begin_victim(Urgency urgency) {
  if (!evict_ && missing_reserve() > segment_size_ / 2) return false;
  Segment* segment = flushed_.front();
  if (segment != nullptr) flushed_.remove(*segment);
  // Without eviction no record may be lost, so there must be a segment for those that move.
  if (segment == nullptr && !evict_ && !segments_.secure_spare(segment_size_)) return false;
  if (segment == nullptr) segment = take_next_to_compact();
  const bool evicting = segment == nullptr && evict_;
  if (segment == nullptr)
    segment = evict_                       ? take_next_to_evict(urgency)
              : urgency == Urgency::needed ? take_deadest()
                                           : nullptr;
  if (segment == nullptr) return false;
  if (segment == sweep_.segment) sweep_.segment = nullptr;
  segment->state = SegmentState::leaving;
  victim_ = {segment, 0, evicting, 0};
  if (!evicting)
    victim_.pace = 2 * std::size_t{segment->used} / std::max(segment->dead_bytes(), std::size_t{1});
  return true;
}

/// Takes the segment with most dead bytes, of the last kCompared listed ones, out of its queue: the
/// more of it is dead, the less is copied for each byte gained. Skips pinned segments, which would
/// free nothing; such a segment is listed again when one more of its records dies.
Segment* RecordLog::take_next_to_compact() {
  while (!compactable_.empty()) {
    const auto known = std::span(compactable_).last(std::min(compactable_.size(), kCompared));
    std::swap(*std::ranges::max_element(known, {}, &Segment::dead_bytes), compactable_.back());
    Segment* const segment = compactable_.back();
    compactable_.pop_back();
    const bool valid = segment->listed && segment->state == SegmentState::queued;
    segment->listed = false;
    if (!valid || !is_wasteful(*segment) || segment->pinned()) continue;
    unqueue(*segment);
    return segment;
  }
  return nullptr;
}

Segment* RecordLog::take_next_to_evict(Urgency urgency) {
  Segment* segment = levels_.lowest([this](const Segment& s) { return !is_young(s); });
  if (segment == nullptr && urgency == Urgency::needed) {
    segment = levels_.lowest([](const Segment&) { return true; });
  }
  if (segment == nullptr) return nullptr;
  if (segment->state == SegmentState::queued)
    unqueue(*segment);
  else
    levels_[segment->level].filling = nullptr;
  levels_.advance(segment->priority);
  return segment;
}

/// Takes the segment with most dead and expired bytes out of its queue, for a log that must not
/// evict. Returns null if none would free enough.
Segment* RecordLog::take_deadest() {
  Segment* deadest = nullptr;
  const auto gain = [&](const Segment& s) { return s.dead_bytes() + s.expiry.expired(now_); };
  for (EvictionOrder::Level& level : levels_) {
    level.queue.for_each([&](Segment& segment) {
      if (segment.pinned()) return;
      if (deadest == nullptr || gain(segment) > gain(*deadest)) deadest = &segment;
    });
  }
  if (deadest == nullptr || gain(*deadest) < segment_size_ / 16) return nullptr;
  unqueue(*deadest);
  return deadest;
}

void RecordLog::finish_victim() {
  Segment& segment = *std::exchange(victim_.segment, nullptr);
  if (segment.state == SegmentState::leaving) retire_segment(segment);
}

/// Drops, evicts or moves a record of the leaving segment.
void RecordLog::drop_or_move(Record record, std::uint32_t offset) {
  if (record.dead()) return;
  Segment& segment = *victim_.segment;
  const std::uint64_t hash = base::hash(record.key());
  const Slot slot = index_.find_place(hash, segment.place(offset));
  const ReadResult state = state_of(segment, record);
  if (state != ReadResult::hit) {
    drop_record(slot, segment, record, state);
  } else if (!victim_.evicting) {
    stats.compacted_bytes += record.size();
    if (!move_record(slot, record, record.frequency(), slot.access_count()))
      evict(slot, hash, record);
  } else if (slot.access_count() == 0 || drop_survivors_) {
    evict(slot, hash, record);
  } else {
    const unsigned frequency =
        std::min(record.frequency() + slot.access_count(), Record::kMaxFrequency);
    ++(record.frequency() == 1 ? stats.promotions : stats.reinsertions);
    if (!move_record(slot, record, frequency, 0)) evict(slot, hash, record);
  }
}

/// Appends a record of the leaving segment to another one. False when there is no room at all.
bool RecordLog::move_record(Slot slot, Record record, unsigned frequency, unsigned access_count) {
  Segment& from = *victim_.segment;
  const std::size_t size = record.size();
  const unsigned level = level_of(frequency, size);
  if (from.large) {
    slot.set_access_count(access_count);
    record.set_frequency(frequency);
    init_segment(from, level);
    from.large = true;
    enqueue(from);
    return true;
  }
  const Room room = find_room(level, size, offset_of(slot.place()));
  if (!room) return false;
  Segment* const to = room.segment;
  Record copy(to->data() + room.offset);
  std::memcpy(copy.data(), record.data(), size);
  copy.set_frequency(frequency);
  slot.set_access_count(access_count);
  slot.set_place(to->place(room.offset));
  mark_dead(from, record);
  mark_live(*to, copy, victim_.evicting ? Age::fresh : Age::old);
  return true;
}

/// Room for the record at `offset` of the leaving segment: from the reserve, or else from what has
/// left before it.
RecordLog::Room RecordLog::find_room(unsigned level, std::size_t size, std::uint32_t offset) {
  const Room room = find_reserved(level, size);
  if (room || victim_.segment->pinned()) return room;
  segments_.release_before(*victim_.segment, offset);
  return find_reserved(level, size);
}

/// Room without making any but from the reserve: in the level, or else anywhere.
RecordLog::Room RecordLog::find_reserved(unsigned level, std::size_t size) {
  Segment* const own = segment_to_fill(level, size);
  if (own != nullptr && segments_.extend(*own, own->used + size, reserve_)) {
    return place_in(*own, size);
  }
  for (const EvictionOrder::Level& other : levels_) {
    Segment* const to = other.filling;
    if (prepare_segment(to, size) && segments_.extend(*to, to->used + size, reserve_)) {
      return place_in(*to, size);
    }
  }
  return {};
}

void RecordLog::evict(Slot slot, std::uint64_t hash, Record record) {
  note_eviction(slot, *victim_.segment, record);
  if (eviction_ == EvictionPolicy::adaptive) ghosts_.insert(hash, record.frequency());
  credit_.note_eviction(record.frequency(), record.size(), segments_.memory_bytes());
  mark_dead(*victim_.segment, record);
  index_.erase(slot);
}

void RecordLog::note_eviction(Slot slot, Segment& segment, Record record) {
  if (observer_ != nullptr && observer_->is_watching()) [[unlikely]] {
    observer_->evicted(entry_of(segment, record, slot).view(), now_);
  }
  ++stats.evictions;
  stats.evicted_unfetched += !record.fetched();
  stats.evicted_nonzero += record.deadline() != kNever;
  stats.evicted_active += slot.access_count() != 0;
  stats.evicted_age_s =
      static_cast<std::uint64_t>((now_ - record.last_access(now_)).count()) / 1000;
  if (!namespaces_.active()) [[likely]]
    return;
  if (NamespaceUsage* const space = namespaces_.of(record.key())) ++space->evictions;
}

}  // namespace cocached::store
