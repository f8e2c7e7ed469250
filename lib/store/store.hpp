#pragma once

#include "base/thread_annotations.hpp"
#include "store/eviction/eviction_option.hpp"
#include "store/index/key_marks.hpp"
#include "store/memory/arrivals.hpp"
#include "store/memory/budget.hpp"
#include "store/namespaces/flush_journal.hpp"
#include "store/namespaces/namespace_table.hpp"
#include "store/operations.hpp"
#include "store/pin.hpp"
#include "store/shard.hpp"
#include "store/store_stats.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cocached::store {

struct StoreOptions {
  std::size_t memory_limit = std::size_t{64} << 20;   ///< bytes: items, index and metadata together
  std::size_t max_value_size = std::size_t{1} << 20;  ///< bytes of one value
  bool evict = true;                                  ///< false: refuse instead of evicting
  EvictionPolicy eviction = EvictionPolicy::adaptive;
  bool cas = true;                       ///< false: no CAS numbers, 8 bytes less an item
  bool huge_pages = false;               ///< let the system make segments of them
  unsigned threads = 4;                  ///< how many will call; decides the shards
  char delimiter = ':';                  ///< ends the name of a key's namespace
  bool track_all_namespaces = false;     ///< not only those that are defined
  EvictionObserver* observer = nullptr;  ///< outlives the store; none: nobody wants to know
};

/// Where a walk over all items stands; a new one starts at the beginning.
struct ScanCursor {
  std::size_t shard = 0;
  KeyIndex::Cursor position = KeyIndex::kScanStart;
};

/// Where a walk over all namespaces stands; a new one starts at the beginning.
struct NamespaceCursor {
  std::size_t shard = 0;
  std::size_t number = 0;
};

/// The cache: an array of shards, each a lock, an index and a log of segments; one memory budget.
///
/// Thread-safe. Every call is a plain function that never waits for I/O, so no lock is ever held
/// across a suspension. `now` is the caller's clock reading; time is only compared, never read.
/// Operations on one key are linearizable. CAS numbers are unique and never reused.
class Store {
 public:
  /// Throws std::invalid_argument where the threads are too few for so much memory.
  explicit Store(const StoreOptions& options);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Looks `key` up and calls `on_hit(const Hit&)` under the shard's lock: copy what is small, pin
  /// what is large, return soon. Also called for an item that `vivify` just made (the result is
  /// then the miss). Must not call the store.
  template <std::invocable<const Hit&> OnHit>
  ReadResult read(const Key& key, TimePoint now, const ReadOptions& options, OnHit&& on_hit) {
    if (options.vivify) [[unlikely]]
      note_write(key);
    return shard(key).read(key, now, options, on_hit);
  }

  /// Stores `value`, copying it.
  WriteReceipt write(const Key& key, TimePoint now, const WriteOptions& options,
                     std::string_view value);

  /// Returns memory in the store for a value that is still arriving, invisible to others until
  /// `commit`. Dropping the Reservation frees a segment of its own; in a shared segment its bytes
  /// stay as dead bytes. Fails with `too_large`, `no_memory` or `over_quota` only.
  std::variant<Reservation, WriteResult> reserve(const Key& key, TimePoint now,
                                                 const WriteOptions& options, std::size_t size);

  /// Returns a share for a value of `size` bytes that is still arriving, or nothing if the shares
  /// would exceed a sixteenth of the memory limit, or `max_value_size` if that is more. The caller
  /// keeps the share while the bytes are on their way. Without one it reserves memory only when the
  /// value is here.
  std::optional<Arrivals::Share> share_for_arrival(std::size_t size) noexcept;

  /// Makes a filled reservation an item, by the rules of the options it was made with.
  WriteReceipt commit(Reservation reservation, TimePoint now);

  RemoveResult remove(const Key& key, TimePoint now, const RemoveOptions& options);
  ArithmeticReceipt arithmetic(const Key& key, TimePoint now, const ArithmeticOptions& options);

  /// Starts loading the memory that `keys` need into the CPU's caches. A hint: changes nothing and
  /// keeps no lock. Does nothing for fewer than two keys, since a lone key gains nothing.
  void prefetch(std::span<const Key> keys) noexcept;

  /// Hides every item stored before this call, at once.
  void flush(TimePoint now);

  /// The same at `when`: what was stored until then disappears then. Replaces an earlier one.
  void flush_at(TimePoint when);

  /// When that is; kNever: there is none, or it has come.
  TimePoint flush_due() const noexcept { return flush_due_; }

  /// Enters a flush whose time has come by `now` into the journal. `maintain` does so, too.
  void note_due_flush(TimePoint now);

  /// The flushes that a snapshot does not know yet. Its reader enables it before others use the
  /// store.
  FlushJournal& flush_journal() noexcept { return journal_; }

  /// The namespace of a key is what stands before its first delimiter. There may be
  /// NamespaceTable::kMaxNamespaces, or as many as an eighth of the memory holds. What defines one
  /// more is false while all have a quota, items, or items that a flush has hidden: one that has
  /// none of these is forgotten for it.

  /// Hides every item of a namespace that was stored before this call, at once, however many there
  /// are. Their memory comes back as `maintain` and writes find them.
  bool flush_namespace(std::string_view name, TimePoint now);

  /// Bounds the bytes of a namespace's items (keys, values, headers); 0: no bound. A write over the
  /// quota evicts the namespace's own items, oldest first, sparing once what was read; where
  /// eviction is off, it is refused. An item larger than the quota always is. What a read or an
  /// `arithmetic` vivifies counts, but isn't refused: the next write, or `maintain`, makes room for
  /// it. Items from before the quota leave first, in no special order, as soon as `maintain` has
  /// counted them all. A snapshot keeps it over a restart.
  bool set_namespace_quota(std::string_view name, std::uint64_t bytes);

  /// All quotas, by name.
  std::map<std::string, std::uint64_t> namespace_quotas() const;

  char delimiter() const noexcept { return delimiter_; }

  /// Whether namespaces become known by being seen in keys.
  void track_all_namespaces(bool on);
  bool tracks_all_namespaces() const;

  /// Known namespaces, in no special order: items, bytes and counters are true; those which changed
  /// meanwhile may be of different moments in different shards.
  std::vector<NamespaceStats> namespaces() const;

  /// Visits about `count` namespaces in no special order; a walk visits each that is known
  /// throughout once. False when the walk is over.
  bool visit_namespaces(NamespaceCursor& cursor, std::size_t count,
                        const std::function<void(NamespaceStats)>& visit) const;

  /// The `count` of them that hold most bytes, those first.
  std::vector<NamespaceStats> largest_namespaces(std::size_t count) const;
  std::optional<NamespaceStats> namespace_stats(std::string_view name) const;

  /// Moves the budget up or down while serving; memory above it is evicted and returned to the
  /// system in bounded steps by `maintain`, or by the writes that need room. False, and nothing
  /// changed, above `max_memory_limit`.
  bool set_memory_limit(std::size_t bytes);

  /// As much memory has numbers for its segments, whose size the limit at the start decides.
  std::size_t max_memory_limit() const noexcept;
  std::size_t memory_limit() const noexcept;

  /// One bounded step of background work on each shard: expiry, compaction, index growth and
  /// shrinkage, memory above the limit. Returns true where more is waiting. From any one thread,
  /// about every 100 ms.
  bool maintain(TimePoint now);

  /// Visits live items in no special order, at least those present throughout, none twice, about
  /// `limit` a call; each call holds one shard's lock briefly. False when the walk is over.
  bool scan(ScanCursor& cursor, TimePoint now, std::size_t limit,
            const std::function<void(const ItemView&)>& visit);

  std::size_t max_value_size() const noexcept { return max_value_size_; }

  /// From now on `restore` may be called, until `end_restore`: what others write or remove in
  /// between is remembered. Before others use the store.
  void begin_restore() noexcept { restoring_ = true; }

  /// Stores an item of an earlier time, as if it had been there before `begin_restore`: so not
  /// where its key has been written, removed or flushed since. The last access is now, a CAS number
  /// of 0 becomes the next one, and a frequency out of bounds the nearest within.
  WriteResult restore(const Key& key, TimePoint now, const ItemView& item);
  void end_restore() noexcept;

  /// About the highest CAS number that was given out; and none up to `number` will be any more.
  std::uint64_t latest_cas() const noexcept { return cas_->peek(); }
  void skip_cas(std::uint64_t number) noexcept { cas_->skip(number); }

  StoreStats stats() const;
  void reset_stats();

 private:
  template <class Attempt>
  WriteReceipt retry_until_room(const Key& key, const WriteOptions& options, std::size_t bytes,
                                Attempt&& attempt);
  std::optional<WriteReceipt> join_large(const Key& key, TimePoint now, const WriteOptions& options,
                                         std::string_view added);
  void leave_addresses(TimePoint now);
  bool reclaim_from_other_shards(const Shard& to, std::size_t bytes);
  void enforce_quota_elsewhere(const Key& key, std::size_t written);
  std::shared_ptr<Quota> quota_of(std::string_view name, std::uint64_t bytes)
      COCACHED_REQUIRES(quotas_mutex_);
  bool define_namespace(std::string_view name);
  bool add_other_shards(NamespaceStats& space, std::size_t home) const;

  /// Before a write, as seen by the clients.
  void note_write(const Key& key) noexcept {
    if (restoring_.load(std::memory_order_relaxed)) [[unlikely]]
      written_.mark(key.hash);
  }

  std::size_t shard_of(const Key& key) const noexcept { return key.hash & (shards_.size() - 1); }
  Shard& shard(const Key& key) noexcept { return *shards_[shard_of(key)]; }

  static constexpr Duration kLeastLookPause{100};

  std::unique_ptr<Budget> budget_;
  std::unique_ptr<CasNumbers> cas_;
  const char delimiter_;
  std::vector<std::unique_ptr<Shard>> shards_;
  const std::size_t segment_size_;
  const std::size_t max_value_size_;
  Arrivals arrivals_;
  std::atomic<TimePoint> flush_due_ = kNever;
  FlushJournal journal_;
  std::atomic<TimePoint> next_look_ = TimePoint{};  // of leave_addresses
  std::atomic<Duration> look_pause_ = kLeastLookPause;
  std::atomic<bool> restoring_ = false;
  KeyMarks written_;
  mutable base::Mutex quotas_mutex_;  // before any shard's lock
  std::map<std::string, std::shared_ptr<Quota>, std::less<>> quotas_
      COCACHED_GUARDED_BY(quotas_mutex_);
};

}  // namespace cocached::store
