#pragma once

#include "base/thread_annotations.hpp"
#include "store/cas_numbers.hpp"
#include "store/index/key_marks.hpp"
#include "store/operations.hpp"
#include "store/pin.hpp"
#include "store/record_log.hpp"

#include <atomic>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

namespace cocached::store {

class LargeJoin;
struct StoreOptions;

/// A shard: one lock and the record log that it guards. The shard applies memcached's rules (modes,
/// CAS, stale items) to the log. Thread-safe. Its functions mean the same as those of Store.
class Shard {
 public:
  Shard(const StoreOptions& options, Budget& budget, CasNumbers& cas, std::size_t segment_size);

  template <std::invocable<const Hit&> OnHit>
  ReadResult read(const Key& key, TimePoint now, const ReadOptions& options, OnHit&& on_hit) {
    const base::MutexLock lock(mutex_);
    apply_due_flush(now);
    ReadResult result{};
    auto entry = log_.find(key, now, result);
    if (log_.namespaces().active() && options.tally) [[unlikely]]
      log_.namespaces().count_get(key.bytes, entry.has_value());
    const bool created = !entry && options.vivify;
    if (created) entry = vivify(key, now, options);
    if (!entry) return result;
    // Before the touch: what counts is how little time was left.
    const Recache recache = created         ? Recache::won
                            : options.claim ? claim(*entry, now, options)
                                            : Recache::none;
    if (options.touch && !created) touch(*entry, options);
    const ItemView item = entry->view();
    on_hit(Hit{item, recache, created, *entry->segment});
    after_read(key, *entry, now, options, recache);
    return result;
  }

  // `no_memory` from these functions means that this shard can free nothing. The caller frees
  // memory in other shards and tries again; if no shard can free any, it calls `refuse`.

  WriteReceipt write(const Key& key, TimePoint now, const WriteOptions& options,
                     std::string_view value);
  std::variant<Reservation, WriteResult> reserve(const Key& key, TimePoint now,
                                                 const WriteOptions& options, std::size_t size);
  WriteReceipt commit(Reservation& reservation, const Key& key, TimePoint now);

  /// Finds the old value for an append or prepend of `added` bytes, pins it, and reserves memory
  /// for the whole. Nothing where `write` may as well do it: the whole is small, or to be refused,
  /// or there is no memory.
  std::optional<LargeJoin> begin_join(const Key& key, TimePoint now, const WriteOptions& options,
                                      std::size_t added);

  /// Makes a filled join the item of its key. Nothing, and nothing stored, where the old item has
  /// been replaced, moved or removed meanwhile.
  std::optional<WriteReceipt> finish_join(LargeJoin& join, const Key& key, TimePoint now);

  RemoveResult remove(const Key& key, TimePoint now, const RemoveOptions& options);
  ArithmeticReceipt arithmetic(const Key& key, TimePoint now, const ArithmeticOptions& options);

  /// See Store::restore; `marks` are the keys that are written already.
  WriteReceipt restore(const Key& key, TimePoint now, const ItemView& item, const KeyMarks& marks);

  /// The failure of a write. A failed set takes the old value along, so that nobody goes on reading
  /// what was to be replaced.
  WriteReceipt refuse(const Key& key, const WriteOptions& options, WriteResult why);

  /// Frees about `bytes` of segments for other shards. False if nothing could be freed.
  bool free_for_others(std::size_t bytes);

  /// Unmaps the segments that are kept for reuse.
  void unmap_spares();

  /// Bytes of its segments; an estimate, without the lock, that other threads change from one call
  /// to the next: read it once before sorting by it.
  std::size_t segment_bytes() const noexcept COCACHED_NO_THREAD_SAFETY_ANALYSIS {
    return log_.segment_bytes();  // an atomic
  }

  /// Starts loading the bucket of `hash`; without the lock.
  void prefetch(std::uint64_t hash) const noexcept COCACHED_NO_THREAD_SAFETY_ANALYSIS {
    log_.hint().prefetch(hash);  // thread-safe, of atomics
  }

  /// Starts loading the records of the first of `keys` and of all others that `are_mine(Key)`.
  template <std::predicate<const Key&> AreMine>
  void prefetch_records(std::span<const Key> keys, AreMine&& are_mine) {
    const base::MutexLock lock(mutex_);
    for (const Key& key : keys) {
      if (!are_mine(key)) continue;
      const char* const record = log_.likely_record(key.hash);
      for (std::size_t line = 0; record != nullptr && line < kPrefetchedLines; ++line) {
        __builtin_prefetch(record + line * kCacheLine);
      }
    }
  }

  void flush(TimePoint now);
  void flush_at(TimePoint when);

  // Namespaces. False means that the table is full of namespaces that are still needed.
  bool define_namespace(std::string_view name);
  bool flush_namespace(std::string_view name, TimePoint now);
  bool set_quota(std::string_view name, const std::shared_ptr<Quota>& quota);

  /// Evicts this shard's items of a namespace, oldest first, until the namespace is within its
  /// quota. True when it is. `written` bytes bound the work.
  bool evict_over_quota(std::string_view name, std::size_t written);

  void track_all_namespaces(bool on);
  bool tracks_all_namespaces() const;

  /// Some of the shard's namespaces, as NamespaceTable::list does; all counters are of this shard.
  std::size_t list_namespaces(std::size_t from, std::size_t count,
                              const std::function<void(NamespaceStats)>& visit) const;
  std::optional<NamespaceStats> namespace_stats(std::string_view name) const;

  bool maintain(TimePoint now);

  /// Visits the live items of the next `buckets` buckets. Returns where to go on, or
  /// KeyIndex::kScanEnd when done.
  KeyIndex::Cursor scan(KeyIndex::Cursor from, TimePoint now, std::size_t buckets,
                        const std::function<void(const ItemView&)>& visit);

  void add_to(StoreStats& total) const;
  void reset_stats();

 private:
  using StoredItem = RecordLog::StoredItem;

  // Enough for header, key and a small value; the CPU's own prefetcher loads the rest of a large
  // one.
  static constexpr std::size_t kPrefetchedLines = 3;
  static constexpr std::size_t kCacheLine = 64;

  /// A write, decided: what to do with the old item.
  struct WriteDecision {
    WriteResult result = WriteResult::stored;
    ItemHeader header;  ///< of the new item, but for its CAS
  };

  /// As in memcached, 0 compares equal to nothing: a store without CAS numbers refuses every `cas`.
  static bool matches(std::uint64_t stored, std::uint64_t wanted) noexcept {
    return wanted != 0 && stored == wanted;
  }

  void apply_due_flush(TimePoint now) COCACHED_REQUIRES(mutex_);
  std::optional<StoredItem> vivify(const Key& key, TimePoint now, const ReadOptions& options)
      COCACHED_REQUIRES(mutex_);
  Recache claim(StoredItem& entry, TimePoint now, const ReadOptions& options)
      COCACHED_REQUIRES(mutex_);
  /// Gives a found item a new deadline and, if the request brings one, its CAS number.
  void touch(StoredItem& entry, const ReadOptions& options) {
    entry.header.deadline = *options.touch;
    if (options.new_cas) entry.header.cas = cas_for(options.new_cas);
  }
  void after_read(const Key& key, StoredItem& entry, TimePoint now, const ReadOptions& options,
                  Recache recache) COCACHED_REQUIRES(mutex_) {
    if (options.bump) {
      entry.header.fetched = true;
      entry.header.last_access = now;
      log_.note_read(entry);
    }
    if (!options.touch && recache != Recache::won) return;
    if (!log_.update(entry) && options.touch) drop_untouchable(key, now);
  }
  /// Drops an item whose record has no room for the deadline that a touch has promised, where there
  /// is no memory for a longer record: the item must not outlive its deadline.
  void drop_untouchable(const Key& key, TimePoint now) COCACHED_REQUIRES(mutex_);
  WriteDecision decide(const std::optional<StoredItem>& old, TimePoint now,
                       const WriteOptions& options) COCACHED_REQUIRES(mutex_);
  void drop_for_set(const Key& key, const WriteOptions& options) COCACHED_REQUIRES(mutex_);
  ItemHeader header_for(const WriteOptions& options, TimePoint now) const noexcept;
  WriteReceipt join(const Key& key, TimePoint now, const StoredItem& old, ItemHeader& header,
                    const WriteOptions& options, std::string_view value) COCACHED_REQUIRES(mutex_);
  WriteReceipt store(const Key& key, TimePoint now, ItemHeader& header, const WriteOptions& options,
                     std::string_view head, std::string_view tail) COCACHED_REQUIRES(mutex_);
  WriteReceipt receipt(bool stored, const Key& key, std::uint64_t cas, std::size_t size)
      COCACHED_REQUIRES(mutex_);
  RemoveResult mark(StoredItem entry, const Key& key, TimePoint now, const RemoveOptions& options)
      COCACHED_REQUIRES(mutex_);
  ArithmeticReceipt create_number(const Key& key, TimePoint now, const ArithmeticOptions& options)
      COCACHED_REQUIRES(mutex_);
  WriteReceipt try_write(const Key& key, TimePoint now, const WriteOptions& options,
                         std::string_view value) COCACHED_REQUIRES(mutex_);
  void tally_set(const Key& key, const WriteOptions& options) COCACHED_REQUIRES(mutex_);
  std::optional<WriteResult> quota_refusal(const Key& key, const ItemHeader& header,
                                           std::size_t value) COCACHED_REQUIRES(mutex_);
  bool enforce_quota(const Key& key, std::size_t value) COCACHED_REQUIRES(mutex_);
  std::uint64_t cas_for(const std::optional<std::uint64_t>& wanted) noexcept;

  const std::size_t max_value_size_;
  CasNumbers& cas_;
  mutable base::Mutex mutex_;
  RecordLog log_ COCACHED_GUARDED_BY(mutex_);
  TimePoint flush_due_ COCACHED_GUARDED_BY(mutex_) = kNever;
  bool flush_came_due_ COCACHED_GUARDED_BY(mutex_) = false;  // at any time
};

}  // namespace cocached::store
