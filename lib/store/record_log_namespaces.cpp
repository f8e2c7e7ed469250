// Namespaces in a record log: flushes, counts of items, quotas.
//
// Data structures: `namespaces_` holds one NamespaceUsage per known namespace; a namespace with a
// quota has an AgeQueue of its records, oldest first. Each flush, of one namespace or of all,
// begins an epoch. Each segment notes the epoch in which each of its records was appended.
// Invariant: a record is flushed if its epoch is below its namespace's `flushed_at`. A moved record
// gets a newer epoch, so the log drops flushed records before it moves others.
// Invariant: once the survey has counted a namespace, its `items` and `bytes` are those of its live
// records, and every live record that had memory for an entry stands in the AgeQueue. Entries of
// records that died or moved stay in the queue until clean_queue() drops them.
// The shard's lock guards all of it; only a Quota is shared between shards, and is atomic.

#include "base/hash.hpp"
#include "store/record_log.hpp"

#include <new>

namespace cocached::store {
namespace {

constexpr std::size_t kBuckets = 16;     // surveyed in one step
constexpr std::size_t kStep = 64 << 10;  // bytes evicted for a quota in one step

constexpr std::uint32_t kPurgePause = 10;  // seconds

// The least bytes evicted for a write over its quota; and the bytes evicted per byte written.
constexpr std::size_t kLeastEvicted = 16 << 10;
constexpr std::size_t kEvictedPerByte = 4;

}  // namespace

// ---- generations ----

bool RecordLog::flush_namespace(std::string_view name) {
  NamespaceUsage* const space = define_namespace(name);
  if (space == nullptr) return false;
  ++space->generation;
  space->flushed_at = ++epoch_;
  space->forget_items();
  space->survey = 0;  // what it had is gone, so all that it has is known
  return true;
}

NamespaceUsage* RecordLog::define_namespace(std::string_view name) {
  const bool full = !namespaces_.has_room_for(name);
  NamespaceUsage* const space = namespaces_.define(name, full ? oldest_epoch() : 0);
  if (space != nullptr && index_.size() == 0) space->survey = 0;
  return space;
}

std::uint64_t RecordLog::oldest_epoch() const noexcept {
  std::uint64_t oldest = epoch_;
  for (std::uint32_t id = 1; id < segments_.end(); ++id) {
    const Segment& segment = segments_[id];
    if (segment.state == SegmentState::retired) continue;
    if (segment.items != 0 || segment.pinned())  // else nothing here will be an item any more
      oldest = std::min(oldest, segment.epochs.first());
  }
  return oldest;
}

bool RecordLog::flushed_with_namespace(const Segment& segment, Record record) {
  const NamespaceUsage* const space = namespaces_.of(record.key());
  return space != nullptr && epoch_of(segment, record) < space->flushed_at;
}

/// True if a sweep should look for flushed records in the segment: a flush came after the last
/// look, and that look is at least kPurgePause ago. The pause bounds the work of many flushes.
bool RecordLog::is_worth_purging(const Segment& segment) const noexcept {
  if (segment.purged_epoch == epoch_) [[likely]]
    return false;
  return segment.purged_s == 0 || seconds_now() >= segment.purged_s + kPurgePause;
}

// ---- items ----

/// True if the record is in the counts of its namespace. A flushed record is not any more; a record
/// that a survey has not reached yet is not counted yet.
bool RecordLog::is_counted(const NamespaceUsage& space, const Segment& segment,
                           Record record) const noexcept {
  if (segment.generation != generation_) return false;
  if (epoch_of(segment, record) < space.flushed_at) return false;
  if (namespaces_.is_complete(space)) return true;
  return survey_.running && namespaces_.is_next(space) &&
         prefix_of(base::hash(record.key())) < survey_.cursor;
}

void RecordLog::count_in(const Segment& segment, Record record, Age age) {
  NamespaceUsage* const space = namespaces_.track(record.key());
  if (space == nullptr || !is_counted(*space, segment, record)) return;
  count_item(*space, segment, record, age);
}

void RecordLog::count_out(const Segment& segment, Record record) {
  NamespaceUsage* const space = namespaces_.of(record.key());
  if (space == nullptr || !is_counted(*space, segment, record)) return;
  space->subtract(record.size());
}

void RecordLog::count_item(NamespaceUsage& space, const Segment& segment, Record record, Age age) {
  space.add(record.size());
  if (!space.quota) return;
  const AgeQueue::AgedRecord entry{prefix_of(base::hash(record.key())), place_of(segment, record)};
  try {
    if (age == Age::fresh) space.by_age->push(entry);
    if (age == Age::old) space.by_age->push_oldest(entry);
    if (age == Age::unknown) space.by_age->push_unordered(entry);
  } catch (const std::bad_alloc&) {
    return;  // it will leave with its segment, not for its quota
  }
  clean_queue(space, 2);
}

/// Drops stale entries while these are more than the others.
void RecordLog::clean_queue(NamespaceUsage& space, std::size_t count) {
  constexpr std::size_t kSmall = 64;
  if (space.by_age->size() <= 2 * space.items + kSmall) return;
  space.by_age->clean(
      count, [&](AgeQueue::AgedRecord entry) { return static_cast<bool>(slot_of(space, entry)); });
}

/// The index entry of a record that is still the namespace's, and still where it was.
Slot RecordLog::slot_of(const NamespaceUsage& space, AgeQueue::AgedRecord entry) {
  const Slot slot = index_.find_place(entry.hash(), entry.place);
  if (!slot) return {};
  const std::string_view key = record_at(segments_[segment_of(entry.place)], entry.place).key();
  return namespaces_.name_in(key) == space.name ? slot : Slot{};
}

/// A step of a walk over all items that counts those of new namespaces.
bool RecordLog::step_survey() {
  if (!survey_.running && !begin_survey()) return false;
  const auto look = [&](Place place, unsigned) {
    Segment& segment = segments_[segment_of(place)];
    Record record = record_at(segment, place);
    if (is_flushed(segment, record)) return;
    NamespaceUsage* const space = namespaces_.track(record.key());
    if (space != nullptr && namespaces_.is_next(*space))
      count_item(*space, segment, record, Age::unknown);
  };
  survey_.cursor = index_.scan(survey_.cursor, kBuckets, look);
  if (survey_.cursor == KeyIndex::kScanEnd) end_survey();
  return true;
}

bool RecordLog::begin_survey() {
  if (!namespaces_.survey_wanted()) return false;
  survey_ = {.running = true};
  namespaces_.set_surveying(true);
  return true;
}

void RecordLog::end_survey() {
  survey_.running = false;
  namespaces_.set_surveying(false);
  namespaces_.finish_survey();
}

// ---- quotas ----

std::optional<WriteResult> RecordLog::quota_refusal(const Key& key, std::size_t size) {
  const NamespaceUsage* const space = namespaces_.of(key.bytes);
  if (space == nullptr || !space->quota) return std::nullopt;
  const auto limit = space->quota->limit.load(std::memory_order_relaxed);
  if (size > limit) return WriteResult::too_large;
  if (evict_) return std::nullopt;
  const std::size_t replaced = size_in_quota(lookup(key));
  const auto used = space->quota->used.load(std::memory_order_relaxed);
  return used + size > limit + replaced ? std::optional{WriteResult::over_quota} : std::nullopt;
}

/// Bytes that an item takes of its namespace's quota; none where it was flushed.
std::size_t RecordLog::size_in_quota(Slot slot) {
  if (!slot) return 0;
  Segment& segment = segments_[segment_of(slot.place())];
  const Record record = record_at(segment, slot.place());
  return is_flushed(segment, record) ? 0 : record.size();
}

bool RecordLog::evict_over_quota(std::string_view name, std::size_t written,
                                 std::string_view spared) {
  NamespaceUsage* const space = namespaces_.find(name);
  if (space == nullptr || !space->quota || !space->quota->exceeded()) return true;
  if (!namespaces_.is_complete(*space)) return true;  // not before all its items are known
  return evict_ && evict_from(*space, written * kEvictedPerByte + kLeastEvicted, spared);
}

/// Evicts the namespace's oldest items until it is within its quota. An item that was read since it
/// was stored or last spared is spared once more, in the first half of the `bytes` looked at.
bool RecordLog::evict_from(NamespaceUsage& space, std::size_t bytes, std::string_view spared) {
  std::size_t looked_at = 0;
  for (std::size_t rounds = 2 * space.by_age->size(); space.quota->exceeded(); --rounds) {
    if (rounds == 0 || looked_at >= bytes) return false;
    const auto oldest = space.by_age->pop();
    if (!oldest) return false;
    Slot slot = slot_of(space, *oldest);
    if (!slot) continue;
    Segment& segment = segments_[segment_of(oldest->place)];
    Record record = record_at(segment, oldest->place);
    looked_at += record.size();
    if (is_flushed(segment, record)) {
      drop_record(slot, segment, record, ReadResult::flushed);
    } else if (record.key() == spared || (slot.access_count() != 0 && looked_at < bytes / 2)) {
      slot.set_access_count(0);
      space.by_age->push(*oldest);
    } else {
      note_eviction(slot, segment, record);
      mark_dead(segment, record);
      index_.erase(slot);
    }
  }
  return true;
}

/// A step for one namespace with a quota, which may have been lowered.
bool RecordLog::enforce_next_quota() {
  namespace_charge_.set(namespaces_.bytes());
  NamespaceUsage* const space = namespaces_.next_with_quota();
  if (space == nullptr) return false;
  clean_queue(*space, kStep / 64);
  if (!evict_ || !space->quota->exceeded() || !namespaces_.is_complete(*space)) return false;
  return !evict_from(*space, kStep, {});
}

}  // namespace cocached::store
