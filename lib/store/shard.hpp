#pragma once

#include "base/thread_annotations.hpp"
#include "store/log.hpp"
#include "store/operations.hpp"
#include "store/pin.hpp"

#include <atomic>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <variant>

namespace cocached::store {

struct Options;

/// The next CAS number; one for all shards. Starts at 1. Thread-safe.
class CasCounter {
 public:
  explicit CasCounter(bool enabled) noexcept : enabled_(enabled) {}
  std::uint64_t next() noexcept {
    return enabled_ ? next_.fetch_add(1, std::memory_order_relaxed) : 0;
  }
  bool enabled() const noexcept { return enabled_; }

 private:
  const bool enabled_;
  std::atomic<std::uint64_t> next_{1};
};

/// One lock and the records behind it: the operations' rules, on top of a log. Thread-safe; the
/// functions are those of Store.
class Shard {
 public:
  Shard(const Options& options, Budget& budget, CasCounter& cas, unsigned shards);

  template <std::invocable<const Hit&> OnHit>
  ReadResult read(const Key& key, TimePoint now, const ReadOptions& options, OnHit&& on_hit) {
    const base::MutexLock lock(mutex_);
    apply_due_flush(now);
    ReadResult result{};
    auto entry = log_.find(key, now, result);
    const bool created = !entry && options.vivify;
    if (created) entry = vivify(key, now, options);
    if (!entry) return result;
    if (options.touch) entry->header.deadline = *options.touch;
    const ItemView item = entry->view();
    const Recache recache = created         ? Recache::won
                            : options.claim ? claim(*entry, now, options)
                                            : Recache::none;
    on_hit(Hit{item, recache, created, entry->record()});
    after_read(*entry, now, options, created);
    return result;
  }

  WriteReceipt write(const Key& key, TimePoint now, const WriteOptions& options,
                     std::string_view value);
  std::variant<Reservation, WriteResult> reserve(const Key& key, TimePoint now,
                                                 const WriteOptions& options, std::size_t size);
  WriteReceipt commit(Reservation reservation, const Key& key, TimePoint now);
  RemoveResult remove(const Key& key, TimePoint now, const RemoveOptions& options);
  ArithmeticReceipt arithmetic(const Key& key, TimePoint now, const ArithmeticOptions& options);

  void flush(TimePoint now);
  void flush_at(TimePoint when);
  bool maintain(TimePoint now);

  /// Visits live items from hash `from` on; the hash to go on from, or nothing at the end.
  std::optional<std::uint64_t> scan(std::uint64_t from, TimePoint now, std::size_t limit,
                                    const std::function<void(const ItemView&)>& visit);

  void add_to(Stats& total) const;
  void reset_stats();

 private:
  using Entry = Log::Entry;

  /// A write, decided: what to do with the old item.
  struct Verdict {
    WriteResult result = WriteResult::stored;
    Header header;  ///< of the new item, but for its CAS
  };

  void apply_due_flush(TimePoint now) COCACHED_REQUIRES(mutex_);
  std::optional<Entry> vivify(const Key& key, TimePoint now, const ReadOptions& options)
      COCACHED_REQUIRES(mutex_);
  Recache claim(Entry& entry, TimePoint now, const ReadOptions& options) COCACHED_REQUIRES(mutex_);
  void after_read(Entry& entry, TimePoint now, const ReadOptions& options, bool created)
      COCACHED_REQUIRES(mutex_);
  Verdict judge(const std::optional<Entry>& old, TimePoint now, const WriteOptions& options)
      COCACHED_REQUIRES(mutex_);
  WriteReceipt refuse(const Key& key, const WriteOptions& options, WriteResult why)
      COCACHED_REQUIRES(mutex_);
  WriteReceipt join(const Key& key, const Entry& old, Header header, const WriteOptions& options,
                    std::string_view value) COCACHED_REQUIRES(mutex_);
  WriteReceipt store(const Key& key, Header header, const WriteOptions& options,
                     std::string_view head, std::string_view tail) COCACHED_REQUIRES(mutex_);
  RemoveResult mark(Entry entry, const Key& key, TimePoint now, const RemoveOptions& options)
      COCACHED_REQUIRES(mutex_);
  ArithmeticReceipt create_number(const Key& key, TimePoint now, const ArithmeticOptions& options)
      COCACHED_REQUIRES(mutex_);
  std::uint64_t cas_for(const std::optional<std::uint64_t>& wanted) noexcept;

  const std::size_t max_value_size_;
  CasCounter& cas_;
  mutable base::Mutex mutex_;
  Log log_ COCACHED_GUARDED_BY(mutex_);
  TimePoint flush_due_ COCACHED_GUARDED_BY(mutex_) = kNever;
};

}  // namespace cocached::store
