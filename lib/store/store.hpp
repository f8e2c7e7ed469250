#pragma once

#include "store/budget.hpp"
#include "store/key_marks.hpp"
#include "store/operations.hpp"
#include "store/pin.hpp"
#include "store/shard.hpp"
#include "store/stats.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <variant>
#include <vector>

namespace cocached::store {

struct Options {
  std::size_t memory_limit = std::size_t{64} << 20;   ///< bytes: items, index and metadata together
  std::size_t max_value_size = std::size_t{1} << 20;  ///< bytes of one value
  bool evict = true;                                  ///< false: refuse instead of evicting
  bool cas = true;          ///< false: no CAS numbers, 8 bytes less an item
  bool huge_pages = false;  ///< let the system make segments of them
  unsigned threads = 4;     ///< how many will call; decides the shards
};

/// Where a walk over all items stands; a new one starts at the beginning.
struct ScanCursor {
  std::size_t shard = 0;
  Index::Cursor position = Index::kScanStart;
};

/// The cache: an array of shards, each a lock, an index and a log of segments; one memory budget.
///
/// Thread-safe. Every call is a plain function that never waits for I/O, so no lock is ever held
/// across a suspension. `now` is the caller's clock reading; time is only compared, never read.
/// Operations on one key are linearizable. CAS numbers are unique and never reused.
class Store {
 public:
  explicit Store(const Options& options);
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

  /// For a value that is still arriving: memory in the store to read it into, invisible to others
  /// until `commit`. A Reservation that is dropped gives its memory back. Fails with `too_large`
  /// or `no_memory` only.
  std::variant<Reservation, WriteResult> reserve(const Key& key, TimePoint now,
                                                 const WriteOptions& options, std::size_t size);

  /// Makes a filled reservation an item, by the rules of the options it was made with.
  WriteReceipt commit(Reservation reservation, TimePoint now);

  RemoveResult remove(const Key& key, TimePoint now, const RemoveOptions& options);
  ArithmeticReceipt arithmetic(const Key& key, TimePoint now, const ArithmeticOptions& options);

  /// Starts loading what `keys` will need into the CPU's caches. A hint: no effect, no lock kept.
  void prefetch(std::span<const Key> keys) noexcept;

  /// Hides every item stored before this call, at once.
  void flush(TimePoint now);

  /// The same at `when`: what was stored until then disappears then. Replaces an earlier one.
  void flush_at(TimePoint when);

  /// Moves the budget up or down while serving; memory above it is evicted and returned to the
  /// system in bounded steps by `maintain`, or by the writes that need room.
  void set_memory_limit(std::size_t bytes);
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
  /// where its key has been written, removed or flushed since. The last access is now, and a CAS
  /// number of 0 becomes the next one.
  WriteResult restore(const Key& key, TimePoint now, const ItemView& item);
  void end_restore() noexcept;

  /// About the highest CAS number that was given out; and none up to `number` will be any more.
  std::uint64_t latest_cas() const noexcept { return cas_->peek(); }
  void skip_cas(std::uint64_t number) noexcept { cas_->skip(number); }

  Stats stats() const;
  void reset_stats();

 private:
  template <class Attempt>
  WriteReceipt insist(const Key& key, const WriteOptions& options, std::size_t bytes,
                      Attempt&& attempt);
  bool others_give(const Shard& to, std::size_t bytes);

  /// Before a write, as seen by the clients.
  void note_write(const Key& key) noexcept {
    if (restoring_.load(std::memory_order_relaxed)) [[unlikely]]
      written_.mark(key.hash);
  }

  std::size_t shard_of(const Key& key) const noexcept { return key.hash & (shards_.size() - 1); }
  Shard& shard(const Key& key) noexcept { return *shards_[shard_of(key)]; }

  std::unique_ptr<Budget> budget_;
  std::unique_ptr<CasCounter> cas_;
  std::vector<std::unique_ptr<Shard>> shards_;
  const std::size_t max_value_size_;
  std::atomic<bool> restoring_ = false;
  KeyMarks written_;
};

}  // namespace cocached::store
