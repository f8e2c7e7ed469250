// Maintenance: the log takes back expired and flushed records, and resizes the index and the
// ghosts.
//
// Data structures: each segment has a histogram of the bytes that expire in each span of time.
// `sweep_` names the one segment that is being swept, the offset that the sweep has reached, and a
// new histogram of the records before the offset.
//
// Invariant: `sweep_.expiry` counts exactly the live records before `sweep_.offset` that have a
// deadline. Each change of a deadline there goes to both histograms.
// Invariant: a segment that is being swept is not retired by the death of its last record, so
// `sweep_.segment` is valid until the sweep ends or the segment leaves.
//
// The shard's lock guards all of it; each call does one bounded step.

#include "base/hash.hpp"
#include "store/record_log.hpp"

#include <new>

namespace cocached::store {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSlice = 64 << 10;          // bytes of records in one step
constexpr std::uint32_t kSegmentsLookedAt = 512;  // for one to sweep, in one step
constexpr std::size_t kIndexSlice = 64;           // buckets

// A segment is swept at once when this share of it has expired; sooner or later when less has.
constexpr std::size_t kUrgentShare = 16;  // 1 / 16
constexpr std::size_t kShareTimesMs = 4;  // of the whole, ms

// Bounds on sweeping: the pause between two sweeps of a segment, and the rate over all segments.
constexpr Duration kLeastPause = 500ms;
constexpr std::size_t kSweptPerMs = 128 << 10;  // bytes

constexpr Duration kSoon = 64s;

}  // namespace

bool RecordLog::maintain(TimePoint now) {
  now_ = now;
  bool more = sweep(kSlice);
  more |= reclaim_flushed();
  more |= maintain_index();
  more |= step_survey();
  more |= enforce_next_quota();
  resize_ghosts();
  return more;
}

/// Reclaims flushed segments, and memory beyond a lowered limit. Returns true if flushed ones
/// remain.
bool RecordLog::reclaim_flushed() {
  if (budget_.exceeded()) return reclaim(kSlice, Urgency::needed);
  if (has_flushed()) reclaim(kSlice, Urgency::ahead);
  return has_flushed();
}

/// Whether a segment from before the last flush is left, be it one that is just leaving.
bool RecordLog::has_flushed() const noexcept {
  const Segment* const leaving = victim_.segment;
  return !flushed_.empty() || (leaving != nullptr && leaving->generation != generation_);
}

bool RecordLog::maintain_index() {
  if (index_.wants_shrinkage()) {
    if (index_.survey()) return true;
    if (!shrink_index()) return false;
  }
  const bool more = index_.resizing() && index_.step(kIndexSlice) && !index_.stuck();
  if (!index_.resizing()) settle_index_charge();
  return more;
}

bool RecordLog::shrink_index() {
  if (!index_charge_.try_add(index_.shrinkage_bytes())) return false;
  try {
    index_.shrink();
    return true;
  } catch (const std::bad_alloc&) {
    settle_index_charge();
    return false;
  }
}

/// Three ghosts for four items, once there are evictions to remember: more would help no more.
void RecordLog::resize_ghosts() {
  const std::size_t wanted = index_.size() / 4 * 3;
  if (stats.evictions == 0 && ghosts_.capacity() == 0) return;
  if (eviction_ == EvictionPolicy::lru) return;
  const std::size_t bytes = GhostSet::bytes_of(wanted);
  const std::size_t held = ghost_charge_.bytes();
  // All in this step, since the next step would use freed memory otherwise; but no more work than
  // one write may do.
  for (std::size_t worked = 0; bytes > held && !budget_.has(bytes - held); worked += kSlice) {
    if (bytes <= held + held / 4 || worked >= 2 * segment_size_) return;
    if (!reclaim(kSlice, Urgency::needed)) return;
  }
  try {
    ghosts_.resize(wanted);
  } catch (const std::bad_alloc&) {
    return;  // the set stays as it was
  }
  ghost_charge_.set(ghosts_.bytes());
}

void RecordLog::note_deadline(Segment& segment, Record record) noexcept {
  const auto deadline = record.deadline();
  if (deadline == kNever) return;
  const auto size = static_cast<std::uint32_t>(record.size());
  segment.expiry.add(deadline, size);
  if (was_swept(segment, record)) sweep_.expiry.add(deadline, size);
}

void RecordLog::forget_deadline(Segment& segment, Record record) noexcept {
  const auto deadline = record.deadline();
  if (deadline == kNever) return;
  const auto size = static_cast<std::uint32_t>(record.size());
  segment.expiry.remove(deadline, size);
  if (was_swept(segment, record)) sweep_.expiry.remove(deadline, size);
}

/// Whether the sweep under way has passed the record.
bool RecordLog::was_swept(const Segment& segment, Record record) const noexcept {
  return &segment == sweep_.segment && record.data() < segment.data() + sweep_.offset;
}

/// True if a sweep of the segment costs less than waiting. Waiting wastes the memory of expired
/// records; a sweep reads the whole segment. The sum of both costs is least if the log sweeps when
/// (expired share) x (time since the last sweep) reaches a constant. The log sweeps at once if no
/// more records expire soon, because waiting would gain nothing.
bool RecordLog::is_worth_sweeping(const Segment& segment) const noexcept {
  if (segment.state != SegmentState::queued && segment.state != SegmentState::filling) return false;
  if (segment.generation != generation_) return false;
  if (is_worth_purging(segment)) return true;
  const std::size_t expired = segment.expiry.expired(now_);
  if (expired == 0) return false;
  if (expired * kUrgentShare >= segment.used) return true;
  const Duration since_last = now_ - segment.expiry.since();
  if (since_last < std::max(kLeastPause, Duration(segments_.memory_bytes() / kSweptPerMs))) {
    return false;
  }
  const auto ms = static_cast<std::size_t>(since_last.count());
  return expired * ms >= segment.used * kShareTimesMs ||
         !segment.expiry.expects(now_, now_ + kSoon);
}

Segment* RecordLog::next_to_sweep() {
  for (std::uint32_t n = std::min(segments_.end(), kSegmentsLookedAt); n > 0; --n) {
    if (++sweep_.next_id >= segments_.end()) sweep_.next_id = 1;
    if (sweep_.next_id >= segments_.end()) return nullptr;
    Segment& segment = segments_[sweep_.next_id];
    if (is_worth_sweeping(segment)) return &segment;
  }
  return nullptr;
}

/// Works off about `bytes` bytes of a segment in which much has expired.
bool RecordLog::sweep(std::size_t bytes) {
  if (sweep_.segment == nullptr) {
    sweep_.segment = next_to_sweep();
    if (sweep_.segment == nullptr) return false;
    sweep_.offset = 0;
    sweep_.expiry = ExpiryHistogram(now_);
    ++stats.sweeps;
    sweep_.epoch = epoch_;
  }
  Segment& segment = *sweep_.segment;
  sweep_.offset = walk(segment, sweep_.offset, bytes, [&](Record record, std::uint32_t offset) {
    sweep_record(segment, record, offset);
  });
  if (sweep_.offset >= segment.used) finish_sweep();
  return true;
}

void RecordLog::sweep_record(Segment& segment, Record record, std::uint32_t offset) {
  ++stats.swept_items;
  if (record.dead()) return;
  const ReadResult state = state_of(segment, record);
  if (state == ReadResult::hit) {
    sweep_.expiry.add(record.deadline(), static_cast<std::uint32_t>(record.size()));
    return;
  }
  const Slot slot = index_.find_place(base::hash(record.key()), segment.place(offset));
  drop_record(slot, segment, record, state);
}

void RecordLog::finish_sweep() {
  Segment& segment = *std::exchange(sweep_.segment, nullptr);
  segment.expiry = sweep_.expiry;
  if (segment.purged_epoch != sweep_.epoch) {
    segment.purged_epoch = sweep_.epoch;
    segment.purged_s = seconds_now();
  }
  if (segment.state != SegmentState::queued) return;
  if (segment.live == 0 && !segment.pinned()) {
    unqueue(segment);
    retire_segment(segment);
  } else {
    list_if_wasteful(segment);
  }
}

}  // namespace cocached::store
