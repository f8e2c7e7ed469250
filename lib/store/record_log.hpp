#pragma once

#include "store/eviction/eviction_observer.hpp"
#include "store/eviction/eviction_option.hpp"
#include "store/eviction/eviction_policy.hpp"
#include "store/eviction/ghost_set.hpp"
#include "store/eviction/record_credit.hpp"
#include "store/index/key_index.hpp"
#include "store/memory/budget.hpp"
#include "store/memory/record.hpp"
#include "store/memory/segment.hpp"
#include "store/memory/segment_queue.hpp"
#include "store/memory/segment_table.hpp"
#include "store/namespaces/namespace_table.hpp"
#include "store/operations.hpp"
#include "store/pin.hpp"
#include "store/store_stats.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace cocached::store {

/// How a log makes room; see StoreOptions.
struct RecordLogOptions {
  bool evict = true;
  EvictionPolicy eviction = EvictionPolicy::adaptive;
  bool huge_pages = false;
  EvictionObserver* observer = nullptr;  ///< outlives the log; may be null
};

/// The records of a shard: an index, and segments filled in turn. Finds, stores, and makes room:
///
///     put -> filling segment -> queue of its level -> leaving: dropped, or appended once more
///
/// Room is made a little ahead of need, each write doing work in proportion to its size. What
/// leaves first: flushed segments, then mostly dead ones (compaction: all that lives is appended
/// again), then the segment that the eviction policy names.
///
/// Not thread-safe: under its shard's lock.
class RecordLog {
 public:
  RecordLog(Budget& budget, std::size_t segment_size, const RecordLogOptions& options,
            NamespaceTable namespaces);
  RecordLog(const RecordLog&) = delete;
  RecordLog& operator=(const RecordLog&) = delete;

  /// A live record. Valid until the log's next change.
  struct StoredItem {
    ItemHeader header;
    std::string_view value;
    Record record;
    Segment* segment;
    Slot slot;

    ItemView view() const noexcept;
  };

  /// Returns the live record of `key`, or nothing and the reason in `why`. Drops a record that has
  /// expired or was flushed.
  std::optional<StoredItem> find(const Key& key, TimePoint now, ReadResult& why) {
    const Slot slot = find_live(key, now, why);
    if (!slot) return std::nullopt;
    Segment& segment = segments_[segment_of(slot.place())];
    return entry_of(segment, record_at(segment, slot.place()), slot);
  }

  /// The same for one that may have been born expired.
  std::optional<StoredItem> find_even_expired(const Key& key);

  /// Counts a read for the eviction policy, and in the record.
  void note_read(const StoredItem& entry) noexcept {
    note_use(entry);
    Record(entry.record).note_access(now_);
    ++(entry.segment->large           ? stats.large_hits
       : entry.record.frequency() > 1 ? stats.main_hits
                                      : stats.small_hits);
  }

  /// Counts a use for the eviction policy alone. A burst of uses right after the record was written
  /// says little about later ones and doesn't count.
  void note_use(const StoredItem& entry) noexcept {
    if (!is_young(*entry.segment) || eviction_ == EvictionPolicy::lru) Slot(entry.slot).touch();
  }

  /// Returns the address at which the record of `hash` probably begins, for a prefetch; null if the
  /// index has no entry. Does not read the record.
  const char* likely_record(std::uint64_t hash) {
    const Slot slot = index_.find(hash, [](Place) { return true; });
    return slot ? record_at(segments_[segment_of(slot.place())], slot.place()).data() : nullptr;
  }

  /// Stores a record of value `head` + `tail` in place of `key`'s old one. Any part may point into
  /// that. False when there is no room; then the old one may have gone, too.
  bool put(const Key& key, const ItemHeader& header, std::string_view head,
           std::string_view tail = {}) {
    return replace(lookup(key), key, header, head, tail);
  }

  /// The same for a caller that has not called find(): first drops the old record if it has expired
  /// or was flushed.
  bool set(const Key& key, TimePoint now, const ItemHeader& header, std::string_view head,
           std::string_view tail = {}) {
    ReadResult ignored{};
    return replace(find_live(key, now, ignored), key, header, head, tail);
  }

  /// Stores the record of a key that has none, as one that was used `frequency` times, 1 to
  /// Record::kMaxFrequency. False when there is no room.
  bool restore(const Key& key, const ItemHeader& header, std::string_view value,
               unsigned frequency) {
    return append_record({}, key, header, frequency, value, {});
  }

  /// Makes `entry.header` that of the stored record. False when there is no room.
  bool update(const StoredItem& entry);

  void erase(const StoredItem& entry);

  /// Space for a value of `size` bytes that is still arriving.
  std::optional<Reservation> reserve(const Key& key, const WriteOptions& options,
                                     const ItemHeader& header, std::size_t size);

  /// Makes a filled reservation the record of its key. Copies the value only if the reserved record
  /// cannot stay where it is. False when there is no room.
  bool commit(Reservation& reservation, const Key& key, const ItemHeader& header);

  /// Hides all records; they are taken back in steps.
  void flush();

  /// A step of work that nobody waits for. True when there is more.
  bool maintain(TimePoint now);

  /// Frees about `bytes` of this shard's segments, so that other shards can take them from the
  /// budget. False if nothing could be freed.
  bool free_for_others(std::size_t bytes);

  /// Unmaps the segments that are kept for reuse.
  void unmap_spares() noexcept { segments_.unmap_spares(kMaxSegments); }

  template <class Visit>
  KeyIndex::Cursor scan(KeyIndex::Cursor from, std::size_t buckets, TimePoint now, Visit&& visit) {
    now_ = now;
    return index_.scan(from, buckets, [&](Place place, unsigned access_count) {
      Segment& segment = segments_[segment_of(place)];
      Record record = record_at(segment, place);
      if (state_of(segment, record) != ReadResult::hit) return;
      ItemView item = entry_of(segment, record, {}).view();
      item.frequency = std::min(item.frequency + access_count, Record::kMaxFrequency);
      visit(item);
    });
  }

  void add_to(StoreStats& total) const;
  const IndexHint& hint() const noexcept { return index_.hint(); }
  std::size_t segment_bytes() const noexcept { return segments_.memory_bytes(); }

  NamespaceTable& namespaces() noexcept { return namespaces_; }
  const NamespaceTable& namespaces() const noexcept { return namespaces_; }

  /// Null when there are too many that are still needed.
  NamespaceUsage* define_namespace(std::string_view name);

  /// Hides the records of a namespace, in no time that depends on their number. False when it
  /// isn't known, and there are too many that are still needed.
  bool flush_namespace(std::string_view name);

  /// Returns the reason if the quota of the key's namespace forbids a record of `size` bytes.
  std::optional<WriteResult> quota_refusal(const Key& key, std::size_t size);

  /// Evicts oldest items of a namespace until it is within its quota, after `written` bytes were
  /// added to it. Never evicts the key `spared`. False if the namespace is still over its quota:
  /// this shard has no more of its items, or one write has done its share of the work.
  bool evict_over_quota(std::string_view name, std::size_t written, std::string_view spared);

  StoreStats stats;  ///< counters; gauges are made by `add_to`

 private:
  // A place for a record in a segment that has room for it.
  struct Room {
    Segment* segment = nullptr;
    std::uint32_t offset = 0;
    explicit operator bool() const noexcept { return segment != nullptr; }
  };

  Slot lookup(const Key& key) {
    return index_.find(key.hash, [&](Place place) {
      return record_at(segments_[segment_of(place)], place).key() == key.bytes;
    });
  }
  static Record record_at(Segment& segment, Place place) noexcept {
    return Record(segment.data() + offset_of(place));
  }
  StoredItem entry_of(Segment& segment, Record record, Slot slot) const noexcept {
    const std::span<char> value = record.value();
    return {record.header(now_), {value.data(), value.size()}, record, &segment, slot};
  }
  /// Returns the slot of the live record of `key`, or none and the reason in `why`. Drops a record
  /// that has expired or was flushed.
  Slot find_live(const Key& key, TimePoint now, ReadResult& why) {
    now_ = now;
    const Slot slot = lookup(key);
    why = ReadResult::not_found;
    if (!slot) return {};
    Segment& segment = segments_[segment_of(slot.place())];
    Record record = record_at(segment, slot.place());
    why = state_of(segment, record);
    if (why == ReadResult::hit) [[likely]]
      return slot;
    drop_record(slot, segment, record, why);
    return {};
  }
  ReadResult state_of(const Segment& segment, Record record) {
    if (is_flushed(segment, record)) [[unlikely]]
      return ReadResult::flushed;
    return record.deadline() > now_ ? ReadResult::hit : ReadResult::expired;
  }
  bool is_flushed(const Segment& segment, Record record) {
    if (segment.epochs.first() == epoch_) [[likely]]
      return false;
    return segment.generation != generation_ || flushed_with_namespace(segment, record);
  }
  static Place place_of(const Segment& segment, Record record) noexcept {
    return segment.place(static_cast<std::uint32_t>(record.data() - segment.data()));
  }
  static std::uint64_t epoch_of(const Segment& segment, Record record) noexcept {
    return segment.epochs.at(static_cast<std::uint32_t>(record.data() - segment.data()));
  }

  /// Whether a record of `size` bytes has a segment of its own.
  bool is_large(std::size_t size) const noexcept { return size > segment_size_ / 2; }

  /// Prepares `segment` for a record of `size` bytes of the present epoch. False, and the segment
  /// must not take it, if it is null, too full, or has no room for a mark of the epoch.
  bool prepare_segment(Segment* segment, std::size_t size) const noexcept {
    return segment != nullptr && segment->free_bytes() >= size &&
           segment->epochs.prepare(epoch_, segment->memory.size());
  }

  /// The age of a record that becomes an item of its namespace: just written (`fresh`), moved to
  /// make room (`old`), or found by a survey (`unknown`).
  enum class Age : std::uint8_t { fresh, old, unknown };

  /// The reason to make room: a write waits for it (`needed`), or later writes shall not have to
  /// wait (`ahead`).
  enum class Urgency : std::uint8_t { needed, ahead };

  /// True for a segment whose records were written recently. The log evicts such a segment only if
  /// no older one is left, so that a client can read even a large item right after storing it.
  bool is_young(const Segment& segment) const noexcept {
    return RecordCredit::is_young(appended_ - segment.born, segments_.memory_bytes());
  }

  /// With LRU there is one level: a queue, at whose end all is appended that is new or was used.
  unsigned level_of(unsigned frequency, std::size_t size) const noexcept {
    return eviction_ == EvictionPolicy::lru ? 0 : credit_.level(frequency, size);
  }

  // record_log.cpp: records
  void drop_record(Slot slot, Segment& segment, Record record, ReadResult why);
  void mark_dead(Segment& segment, Record record);
  void mark_live(Segment& segment, Record record, Age age = Age::fresh);
  void rewrite(Segment& segment, Record record, const ItemHeader& header, std::size_t value);
  bool replace(Slot old, const Key& key, const ItemHeader& header, std::string_view head,
               std::string_view tail);
  bool append_record(Slot old, const Key& key, const ItemHeader& header, unsigned frequency,
                     std::string_view head, std::string_view tail);
  bool overwrite(Slot slot, const ItemHeader& header, std::string_view head, std::string_view tail);
  unsigned take_frequency(const Key& key, Slot old);
  bool needs_own_segment(std::size_t size) const noexcept;
  Room append(unsigned level, std::size_t size);
  Room append_small(unsigned level, std::size_t size);
  Room append_large(unsigned level, std::size_t size);
  Segment* segment_to_fill(unsigned level, std::size_t size);
  Room place_in(Segment& segment, std::size_t size) noexcept;
  bool publish(const Key& key, Segment& segment, Record record);
  bool evict_crowd(std::uint64_t hash, const Segment& segment, Place place);

  // record_log_reclaim.cpp: room for records
  bool make_room(std::size_t bytes);
  Segment* allocate_or_evict(std::size_t size);
  std::size_t missing_reserve() const noexcept;
  void top_up_reserve() noexcept;
  bool refill_reserve();
  void init_segment(Segment& segment, unsigned level) noexcept;
  void begin_filling(Segment& segment, unsigned level);
  void end_filling(Segment& segment);
  void enqueue(Segment& segment) noexcept;
  void unqueue(Segment& segment) noexcept;
  void retire_segment(Segment& segment) noexcept;
  bool is_wasteful(const Segment& segment) const noexcept;
  void list_if_wasteful(Segment& segment);
  void make_index_room();
  void settle_index_charge() noexcept;
  void reclaim_ahead(std::size_t appended);

  // record_log_evict.cpp: eviction and compaction
  bool reclaim(std::size_t bytes, Urgency urgency);
  bool begin_victim(Urgency urgency);
  Segment* take_next_to_compact();
  Segment* take_next_to_evict(Urgency urgency);
  Segment* take_deadest();
  void finish_victim();
  void drop_or_move(Record record, std::uint32_t offset);
  bool move_record(Slot slot, Record record, unsigned frequency, unsigned access_count);
  Room find_room(unsigned level, std::size_t size, std::uint32_t offset);
  Room find_reserved(unsigned level, std::size_t size);
  void evict(Slot slot, std::uint64_t hash, Record record);
  void note_eviction(Slot slot, Segment& segment, Record record);

  // record_log_sweep.cpp: maintenance
  bool reclaim_flushed();
  bool has_flushed() const noexcept;
  bool maintain_index();
  bool shrink_index();
  void resize_ghosts();
  void note_deadline(Segment& segment, Record record) noexcept;
  void forget_deadline(Segment& segment, Record record) noexcept;
  bool was_swept(const Segment& segment, Record record) const noexcept;
  bool is_worth_sweeping(const Segment& segment) const noexcept;
  void sweep_record(Segment& segment, Record record, std::uint32_t offset);
  Segment* next_to_sweep();
  bool sweep(std::size_t bytes);
  void finish_sweep();

  // record_log_namespaces.cpp: generations, items and quotas of namespaces
  bool flushed_with_namespace(const Segment& segment, Record record);
  std::uint64_t oldest_epoch() const noexcept;
  bool is_counted(const NamespaceUsage& space, const Segment& segment,
                  Record record) const noexcept;
  void count_in(const Segment& segment, Record record, Age age);
  void count_out(const Segment& segment, Record record);
  void count_item(NamespaceUsage& space, const Segment& segment, Record record, Age age);
  void clean_queue(NamespaceUsage& space, std::size_t count);
  Slot slot_of(const NamespaceUsage& space, AgeQueue::AgedRecord entry);
  bool is_worth_purging(const Segment& segment) const noexcept;
  std::uint32_t seconds_now() const noexcept {
    return static_cast<std::uint32_t>(now_.time_since_epoch().count() / 1000);
  }
  bool step_survey();
  bool begin_survey();
  void end_survey();
  std::size_t size_in_quota(Slot slot);
  bool evict_from(NamespaceUsage& space, std::size_t bytes, std::string_view spared);
  bool enforce_next_quota();

  Budget& budget_;
  const std::size_t segment_size_;
  const bool evict_;
  EvictionObserver* const observer_;  // may be null
  const EvictionPolicy eviction_;
  const std::size_t grain_;  // of memory, bytes
  SegmentTable segments_;
  Charge reserve_;
  KeyIndex index_;
  Charge index_charge_;
  bool index_growing_ = false;
  GhostSet ghosts_;
  Charge ghost_charge_;

  RecordCredit credit_;
  EvictionOrder levels_;
  std::uint64_t appended_ = 0;  // bytes so far
  SegmentQueue flushed_;
  std::vector<Segment*> compactable_;  // those that are `listed`
  std::uint32_t generation_ = 0;
  NamespaceTable namespaces_;
  Charge namespace_charge_;
  std::uint64_t epoch_ = 0;  // flushes so far, of namespaces and of all
  TimePoint now_{};

  struct {
    Segment* segment = nullptr;
    std::uint32_t offset = 0;
    bool evicting = false;  // or else flushed, or compacted
    std::size_t pace = 0;   // bytes to work off for each one gained, and more
  } victim_;
  bool drop_survivors_ = false;  // eviction freed nothing: drop even records that were read

  struct {
    Segment* segment = nullptr;
    std::uint32_t offset = 0;
    std::uint32_t next_id = 1;
    ExpiryHistogram expiry;   // of what is before the offset
    std::uint64_t epoch = 0;  // when it began
  } sweep_;

  struct {
    bool running = false;
    KeyIndex::Cursor cursor = KeyIndex::kScanStart;
  } survey_;

  std::size_t live_bytes_ = 0;
  std::size_t new_items_ = 0;  // of frequency 1, and not large
};

}  // namespace cocached::store
