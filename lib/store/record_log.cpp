// Records of a log: how they are written, found, replaced and removed.
//
// Data structures: an index of slots (hash prefix -> place), the segments that hold the records,
// and the queues in which filled segments wait for eviction. A record is a run of bytes in a
// segment.
//
// Invariant: every live record has exactly one slot, and every slot points at a live record.
// Invariant: `segment.live` is the sum of the sizes of its live records and `segment.items` is
// their number; `live_bytes_` is the sum over all segments.
// Invariant: a record is written dead and becomes live only after its slot points at it. A failure
// before that leaves dead bytes and nothing else.
// Invariant: between two calls a segment that is closed and holds no live record is retired, unless
// it is pinned or is being swept.
//
// The shard's lock guards all of it. Pins alone are counted without the lock.

#include "store/record_log.hpp"

#include <algorithm>
#include <functional>

namespace cocached::store {
namespace {

// Grains in which a segment commits memory. Finer grains leave less unused memory at the ends of
// segments being filled.
constexpr std::size_t kGrainsPerSegment = 32;

/// Returns the bytes of a grain. With huge pages the whole segment is one, since giving back a
/// piece would break a huge page.
std::size_t grain_of(std::size_t segment_size, bool huge_pages) noexcept {
  if (huge_pages) return segment_size;
  return std::max(segment_size / kGrainsPerSegment, Mapping::page_size());
}

bool points_into(const Segment& segment, std::string_view head, std::string_view tail) noexcept {
  const auto is_inside = [&](std::string_view part) {
    return !std::less<>{}(part.data(), segment.data()) &&
           std::less<>{}(part.data(), segment.data() + segment.size());
  };
  return is_inside(head) || is_inside(tail);
}

void copy_value(std::span<char> target, std::string_view head, std::string_view tail) noexcept {
  if (!head.empty()) std::memmove(target.data(), head.data(), head.size());
  if (!tail.empty()) std::memmove(target.data() + head.size(), tail.data(), tail.size());
}

}  // namespace

RecordLog::RecordLog(Budget& budget, std::size_t segment_size, const RecordLogOptions& options,
                     NamespaceTable namespaces)
    : budget_(budget),
      segment_size_(segment_size),
      evict_(options.evict),
      observer_(options.observer),
      eviction_(options.eviction),
      grain_(grain_of(segment_size, options.huge_pages)),
      segments_(budget, grain_, options.huge_pages),
      reserve_(budget),
      index_charge_(budget),
      ghost_charge_(budget),
      namespaces_(std::move(namespaces)),
      namespace_charge_(budget) {
  index_charge_.set(index_.bytes());
}

ItemView RecordLog::StoredItem::view() const noexcept {
  return {.key = record.key(),
          .value = value,
          .client_flags = header.client_flags,
          .cas = header.cas,
          .deadline = header.deadline,
          .last_access = header.last_access,
          .fetched = header.fetched,
          .stale = header.stale,
          .binary_key = header.binary_key,
          .frequency = record.frequency()};
}

std::optional<RecordLog::StoredItem> RecordLog::find_even_expired(const Key& key) {
  const Slot slot = lookup(key);
  if (!slot) return std::nullopt;
  Segment& segment = segments_[segment_of(slot.place())];
  if (segment.generation != generation_) return std::nullopt;
  return entry_of(segment, record_at(segment, slot.place()), slot);
}

bool RecordLog::replace(Slot old, const Key& key, const ItemHeader& header, std::string_view head,
                        std::string_view tail) {
  if (old && overwrite(old, header, head, tail)) return true;
  return append_record(old, key, header, take_frequency(key, old), head, tail);
}

bool RecordLog::append_record(Slot old, const Key& key, const ItemHeader& header,
                              unsigned frequency, std::string_view head, std::string_view tail) {
  // Making room may evict the very record that the parts point into.
  const bool joins = old && points_into(segments_[segment_of(old.place())], head, tail);
  const Pin old_value = joins ? Pin(segments_[segment_of(old.place())]) : Pin();
  const std::size_t value = head.size() + tail.size();
  const std::size_t size = Record::size(header, key.bytes.size(), value);
  make_index_room();
  const Room room = append(level_of(frequency, size), size);
  if (!room) return false;
  Record record(room.segment->data() + room.offset);
  record.encode(header, frequency, key.bytes.size(), value);
  std::memcpy(record.key_data(), key.bytes.data(), key.bytes.size());
  copy_value(record.value(), head, tail);
  record.set_dead(true);
  return publish(key, *room.segment, record);
}

/// Returns how often the key was used, from its old record or else from its ghost. Takes the ghost
/// out of the set; a key with neither has frequency 1.
unsigned RecordLog::take_frequency(const Key& key, Slot old) {
  if (old) {
    const Record record = record_at(segments_[segment_of(old.place())], old.place());
    return std::min(record.frequency() + old.access_count(), Record::kMaxFrequency);
  }
  const GhostSet::Ghost ghost = ghosts_.take(key.hash);
  if (ghost.frequency == 0) return 1;
  ++stats.ghost_hits;
  return credit_.take_back(ghost.frequency, ghost.age);
}

bool RecordLog::update(const StoredItem& entry) {
  Record record = entry.record;
  if (Record::prefix_size(entry.header, entry.value.size()) != record.prefix_size()) {
    const std::string key(record.key());
    return put(Key(key), entry.header, entry.value);
  }
  rewrite(*entry.segment, record, entry.header, entry.value.size());
  return true;
}

/// Gives a record another header of the same size.
void RecordLog::rewrite(Segment& segment, Record record, const ItemHeader& header,
                        std::size_t value) {
  forget_deadline(segment, record);
  record.encode(header, record.frequency(), record.key().size(), value);
  note_deadline(segment, record);
}

/// Writes the new value over the old one, where it has the same form and nobody reads it.
bool RecordLog::overwrite(Slot slot, const ItemHeader& header, std::string_view head,
                          std::string_view tail) {
  Segment& segment = segments_[segment_of(slot.place())];
  Record record = record_at(segment, slot.place());
  const std::size_t value = head.size() + tail.size();
  const std::span<char> old = record.value();
  if (old.size() != value || Record::prefix_size(header, value) != record.prefix_size() ||
      segment.pinned()) {
    return false;
  }
  rewrite(segment, record, header, value);
  copy_value(old, head, tail);
  slot.touch();
  return true;
}

void RecordLog::erase(const StoredItem& entry) {
  mark_dead(*entry.segment, entry.record);
  index_.erase(entry.slot);
}

void RecordLog::drop_record(Slot slot, Segment& segment, Record record, ReadResult why) {
  if (why == ReadResult::expired) {
    ++stats.reclaimed;
    stats.expired_unfetched += !record.fetched();
  }
  mark_dead(segment, record);
  index_.erase(slot);
}

/// Marks a record dead; it is no item any more. Retires its segment if that was the last live one.
void RecordLog::mark_dead(Segment& segment, Record record) {
  const auto size = static_cast<std::uint32_t>(record.size());
  forget_deadline(segment, record);
  if (namespaces_.active()) [[unlikely]]
    count_out(segment, record);
  record.set_dead(true);
  segment.live -= size;
  --segment.items;
  live_bytes_ -= size;
  new_items_ -= !segment.large && record.frequency() == 1;
  if (segment.state != SegmentState::queued || &segment == sweep_.segment) return;
  if (segment.live == 0) {
    unqueue(segment);
    retire_segment(segment);
  } else {
    list_if_wasteful(segment);
  }
}

RecordLog::Room RecordLog::append(unsigned level, std::size_t size) {
  if (!refill_reserve()) return {};
  return is_large(size) ? append_large(level, size) : append_small(level, size);
}

RecordLog::Room RecordLog::append_large(unsigned level, std::size_t size) {
  Segment* const segment = allocate_or_evict(size);
  if (segment == nullptr) return {};
  init_segment(*segment, level);
  segment->large = true;
  segment->expiry = ExpiryHistogram(now_);
  segment->state = SegmentState::reserved;
  while (!segments_.extend(*segment, segment->size())) {
    if (make_room(segment->size())) continue;
    segments_.retire(*segment);
    return {};
  }
  return place_in(*segment, size);
}

RecordLog::Room RecordLog::append_small(unsigned level, std::size_t size) {
  for (;;) {
    // Anew each time: room is made by filling some segments and emptying others.
    Segment* segment = segment_to_fill(level, size);
    if (segment == nullptr) {
      segment = allocate_or_evict(segment_size_);
      if (segment == nullptr) return {};
      begin_filling(*segment, level);
    }
    if (segments_.extend(*segment, segment->used + size)) return place_in(*segment, size);
    if (!make_room(size + grain_)) return {};
  }
}

/// The segment of the level that is being filled, or a new one if that has no room for `size`
/// bytes.
Segment* RecordLog::segment_to_fill(unsigned level, std::size_t size) {
  Segment* const current = levels_[level].filling;
  if (prepare_segment(current, size)) return current;
  Segment* const fresh = segments_.allocate(segment_size_);
  if (fresh != nullptr) begin_filling(*fresh, level);
  return fresh;
}

RecordLog::Room RecordLog::place_in(Segment& segment, std::size_t size) noexcept {
  const std::uint32_t offset = segment.used;
  segment.epochs.note(offset, epoch_);
  segment.used += static_cast<std::uint32_t>(size);
  appended_ += size;
  return {&segment, offset};
}

/// Makes a written, dead record the item of its key. Must not make room before the record is live,
/// since its own segment could leave.
bool RecordLog::publish(const Key& key, Segment& segment, Record record) {
  const Place place = place_of(segment, record);
  Slot old = lookup(key);
  if (!old) {
    if (!index_.insert(key.hash, place) && !evict_crowd(key.hash, segment, place)) return false;
    mark_live(segment, record);
  } else {
    const Place before = old.place();
    old.set_place(place);
    old.set_access_count(0);
    // The new record first: if both are in one segment, it would be retired as empty in between.
    mark_live(segment, record);
    Segment& other = segments_[segment_of(before)];
    mark_dead(other, record_at(other, before));
  }
  if (segment.state == SegmentState::reserved) enqueue(segment);
  reclaim_ahead(record.size());
  return true;
}

/// Inserts where the index is too crowded around this hash: evicts records of nearby hashes until
/// there is room. A shrinking index may be so crowded after clients removed the keys of all other
/// hashes. Spares the record's own segment, which would be retired as empty.
bool RecordLog::evict_crowd(std::uint64_t hash, const Segment& segment, Place place) {
  do {
    if (!evict_) return false;
    const Slot slot =
        index_.find_in_crowd(hash, [&](Place other) { return segment_of(other) != segment.id; });
    if (!slot) return false;
    Segment& other = segments_[segment_of(slot.place())];
    Record record = record_at(other, slot.place());
    note_eviction(slot, other, record);
    mark_dead(other, record);
    index_.erase(slot);
  } while (!index_.insert(hash, place));
  return true;
}

void RecordLog::mark_live(Segment& segment, Record record, Age age) {
  const auto size = static_cast<std::uint32_t>(record.size());
  record.set_dead(false);
  note_deadline(segment, record);
  segment.live += size;
  ++segment.items;
  live_bytes_ += size;
  new_items_ += !segment.large && record.frequency() == 1;
  if (namespaces_.active()) [[unlikely]]
    count_in(segment, record, age);
}

/// True if a record of `size` bytes that is still arriving needs a segment of its own. Past the
/// bound on pins even a small one does, so that it pins no other records; commit() then copies it.
bool RecordLog::needs_own_segment(std::size_t size) const noexcept {
  return is_large(size) || !segments_.may_pin(segment_size_, false);
}

std::optional<Reservation> RecordLog::reserve(const Key& key, const WriteOptions& options,
                                              const ItemHeader& header, std::size_t value) {
  const unsigned frequency = take_frequency(key, lookup(key));
  const std::size_t size = Record::size(header, key.bytes.size(), value);
  const unsigned level = level_of(frequency, size);
  if (!refill_reserve()) return std::nullopt;
  const Room room = needs_own_segment(size) ? append_large(level, size) : append_small(level, size);
  if (!room) return std::nullopt;
  Record record(room.segment->data() + room.offset);
  record.encode(header, frequency, key.bytes.size(), value);
  record.set_dead(true);
  std::memcpy(record.key_data(), key.bytes.data(), key.bytes.size());
  Reservation made(*room.segment, record, options);  // pins its segment
  reclaim_ahead(size);
  return made;
}

bool RecordLog::commit(Reservation& reservation, const Key& key, const ItemHeader& header) {
  make_index_room();
  Segment& segment = reservation.space_.segment();
  Record record = reservation.record_;
  const std::span<char> value = record.value();
  const bool in_place = !is_flushed(segment, record) && segment.state != SegmentState::leaving &&
                        segment.state != SegmentState::retired &&
                        segment.large == is_large(record.size()) &&
                        Record::prefix_size(header, value.size()) == record.prefix_size();
  if (!in_place) return put(key, header, {value.data(), value.size()});
  record.encode(header, record.frequency(), key.bytes.size(), value.size());
  record.set_dead(true);
  if (!publish(key, segment, record)) return false;
  reservation.space_.keep_segment();
  return true;
}

void RecordLog::flush() {
  ++generation_;
  ++epoch_;
  namespaces_.forget_items();
  compactable_.clear();
  for (EvictionOrder::Level& level : levels_) {
    if (Segment* const filling = std::exchange(level.filling, nullptr)) end_filling(*filling);
    while (Segment* const segment = level.queue.front()) {
      level.queue.remove(*segment);
      segment->state = SegmentState::flushed;
      flushed_.push_back(*segment);
    }
  }
}

void RecordLog::add_to(StoreStats& total) const {
  total.items += index_.size();
  total.small_items += new_items_;
  const std::uint64_t large_before = total.large_items;
  total.item_bytes += live_bytes_;
  total.live_bytes += live_bytes_;
  total.index_bytes += index_charge_.bytes();
  total.index_slots += index_.capacity();
  total.index_growing |= index_.resizing();
  total.ghost_bytes += ghost_charge_.bytes();
  total.pinned_bytes += segments_.retired_bytes();
  total.segment_size = segment_size_;
  const auto add = [&](const Segment& segment) {
    total.segment_bytes += segment.charged;
    total.dead_bytes += segment.dead_bytes() - segment.released;
    total.pins += segment.pins();
    total.large_items += segment.large ? segment.items : 0;
    // Records of one frequency are mostly together, so the first one speaks for its segment.
    const bool is_new = segment.used != 0 && Record(segment.data()).frequency() == 1;
    ++(segment.large ? total.segments_large : is_new ? total.segments_small : total.segments_main);
    total.oldest_age_s =
        std::max<std::uint64_t>(total.oldest_age_s, seconds_now() - segment.created_s);
  };
  for (const EvictionOrder::Level& level : levels_) {
    if (level.filling != nullptr) add(*level.filling);
    level.queue.for_each(add);
  }
  flushed_.for_each(add);
  if (victim_.segment != nullptr) add(*victim_.segment);
  total.main_items += index_.size() - new_items_ - (total.large_items - large_before);

  total.items_stored += stats.items_stored;
  total.evictions += stats.evictions;
  total.evicted_unfetched += stats.evicted_unfetched;
  total.evicted_nonzero += stats.evicted_nonzero;
  total.evicted_active += stats.evicted_active;
  total.evicted_age_s = std::max(total.evicted_age_s, stats.evicted_age_s);
  total.expired_unfetched += stats.expired_unfetched;
  total.reclaimed += stats.reclaimed;
  total.sweeps += stats.sweeps;
  total.swept_items += stats.swept_items;
  total.no_memory += stats.no_memory;
  total.small_hits += stats.small_hits;
  total.main_hits += stats.main_hits;
  total.large_hits += stats.large_hits;
  total.ghost_hits += stats.ghost_hits;
  total.promotions += stats.promotions;
  total.reinsertions += stats.reinsertions;
  total.compacted_bytes += stats.compacted_bytes;
}

}  // namespace cocached::store
