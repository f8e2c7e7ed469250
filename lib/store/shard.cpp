// A shard: reads, removals, arithmetic, and maintenance.
//
// Data structures: a record log, the time of the next delayed flush, and a flag that says whether
// one has ever come due.
// Invariant: every operation that looks at items calls apply_due_flush() first, so no item is seen
// after the flush that removes it.
//
// `mutex_` guards all of it. A callback of read() or scan() runs under the lock and must be short.

#include "store/shard.hpp"

#include "store/store.hpp"
#include "store/stored_number.hpp"

namespace cocached::store {
namespace {

constexpr unsigned kStepsOfMaintenance = 64;
constexpr std::size_t kNameSegments = 16;  // names may take as much: an eighth, of 128 a shard

}  // namespace

Shard::Shard(const StoreOptions& options, Budget& budget, CasNumbers& cas, std::size_t segment_size)
    : max_value_size_(options.max_value_size),
      cas_(cas),
      log_(budget, segment_size,
           {.evict = options.evict,
            .eviction = options.eviction,
            .huge_pages = options.huge_pages,
            .observer = options.observer},
           NamespaceTable(options.delimiter, options.track_all_namespaces,
                          kNameSegments * segment_size)) {}

std::uint64_t Shard::cas_for(const std::optional<std::uint64_t>& wanted) noexcept {
  if (!cas_.enabled()) return 0;
  return wanted ? *wanted : cas_.next();
}

void Shard::apply_due_flush(TimePoint now) {
  if (now < flush_due_) [[likely]]
    return;
  flush_due_ = kNever;
  flush_came_due_ = true;
  log_.flush();
}

// ---- read ----

/// A failed update may have moved records, so the item is looked up again.
void Shard::drop_untouchable(const Key& key, TimePoint now) {
  ReadResult ignored{};
  if (const auto entry = log_.find(key, now, ignored)) log_.erase(*entry);
}

std::optional<Shard::StoredItem> Shard::vivify(const Key& key, TimePoint now,
                                               const ReadOptions& options) {
  const ItemHeader header{.cas = cas_for(options.new_cas),
                          .deadline = *options.vivify,
                          .last_access = now,
                          .win_sent = true};
  if (!log_.put(key, header, {})) return std::nullopt;
  ++log_.stats.items_stored;
  return log_.find_even_expired(key);
}

Recache Shard::claim(StoredItem& entry, TimePoint now, const ReadOptions& options) {
  if (entry.header.win_sent) return Recache::sent;
  const TimePoint deadline = entry.header.deadline;
  const bool soon =
      options.recache_below && deadline != kNever && deadline - now < *options.recache_below;
  if (!soon && !entry.header.stale) return Recache::none;
  entry.header.win_sent = true;
  return Recache::won;
}

// ---- remove ----

RemoveResult Shard::mark(StoredItem entry, const Key& key, TimePoint now,
                         const RemoveOptions& options) {
  ItemHeader& header = entry.header;
  header.cas = cas_for(options.new_cas);
  header.last_access = now;
  header.win_sent = false;  // the next reader may win
  header.stale = options.mark_stale;
  if (options.deadline) header.deadline = *options.deadline;
  if (!options.clear_value)
    return log_.update(entry) ? RemoveResult::removed : RemoveResult::no_memory;
  header.client_flags = options.client_flags;
  return log_.put(key, header, {}) ? RemoveResult::removed : RemoveResult::no_memory;
}

RemoveResult Shard::remove(const Key& key, TimePoint now, const RemoveOptions& options) {
  const base::MutexLock lock(mutex_);
  apply_due_flush(now);
  ReadResult ignored{};
  const auto entry = log_.find(key, now, ignored);
  if (log_.namespaces().active() && options.tally) [[unlikely]]
    log_.namespaces().count_delete(key.bytes);
  if (!entry) return RemoveResult::not_found;
  if (options.compare_cas && *options.compare_cas != entry->header.cas) return RemoveResult::exists;
  if (options.mark_stale || options.clear_value) return mark(*entry, key, now, options);
  log_.erase(*entry);
  return RemoveResult::removed;
}

// ---- arithmetic ----

namespace {

std::uint64_t apply(const ArithmeticOptions& options, std::uint64_t number) noexcept {
  if (options.direction == Direction::increment) return number + options.delta;  // wraps
  return number < options.delta ? 0 : number - options.delta;
}

}  // namespace

ArithmeticReceipt Shard::create_number(const Key& key, TimePoint now,
                                       const ArithmeticOptions& options) {
  const ItemHeader header{.cas = cas_for(options.new_cas),
                          .deadline = *options.vivify,
                          .last_access = now,
                          .binary_key = options.binary_key};
  if (!log_.put(key, header, Decimal(options.initial).text())) {
    ++log_.stats.no_memory;
    return {.result = ArithmeticResult::no_memory};
  }
  ++log_.stats.items_stored;
  return {.result = ArithmeticResult::created,
          .number = options.initial,
          .cas = header.cas,
          .deadline = header.deadline};
}

ArithmeticReceipt Shard::arithmetic(const Key& key, TimePoint now,
                                    const ArithmeticOptions& options) {
  const base::MutexLock lock(mutex_);
  apply_due_flush(now);
  ReadResult ignored{};
  const auto entry = log_.find(key, now, ignored);
  if (!entry && options.vivify) return create_number(key, now, options);
  if (!entry) return {.result = ArithmeticResult::not_found};
  if (options.compare_cas && *options.compare_cas != 0 &&
      !matches(entry->header.cas, *options.compare_cas)) {
    return {.result = ArithmeticResult::exists};
  }
  const auto old = parse_number(entry->value);
  if (!old) return {.result = ArithmeticResult::not_a_number};

  ItemHeader header = entry->header;
  header.cas = cas_for(options.new_cas);
  header.last_access = now;
  if (options.touch) header.deadline = *options.touch;
  const std::uint64_t number = apply(options, *old);
  if (!log_.put(key, header, Decimal(number).text())) {
    ++log_.stats.no_memory;
    return {.result = ArithmeticResult::no_memory};
  }
  return {.number = number, .cas = header.cas, .deadline = header.deadline};
}

// ---- the shard as a whole ----

bool Shard::free_for_others(std::size_t bytes) {
  const base::MutexLock lock(mutex_);
  return log_.free_for_others(bytes);
}

void Shard::unmap_spares() {
  const base::MutexLock lock(mutex_);
  log_.unmap_spares();
}

void Shard::flush(TimePoint now) {
  const base::MutexLock lock(mutex_);
  apply_due_flush(now);
  log_.flush();
}

void Shard::flush_at(TimePoint when) {
  const base::MutexLock lock(mutex_);
  flush_due_ = when;
}

bool Shard::define_namespace(std::string_view name) {
  const base::MutexLock lock(mutex_);
  return log_.define_namespace(name) != nullptr;
}

bool Shard::flush_namespace(std::string_view name, TimePoint now) {
  const base::MutexLock lock(mutex_);
  apply_due_flush(now);
  return log_.flush_namespace(name);
}

bool Shard::set_quota(std::string_view name, const std::shared_ptr<Quota>& quota) {
  const base::MutexLock lock(mutex_);
  NamespaceUsage* const space = log_.define_namespace(name);
  return space != nullptr && log_.namespaces().set_quota(*space, quota);
}

bool Shard::evict_over_quota(std::string_view name, std::size_t written) {
  const base::MutexLock lock(mutex_);
  return log_.evict_over_quota(name, written, {});
}

void Shard::track_all_namespaces(bool on) {
  const base::MutexLock lock(mutex_);
  log_.namespaces().track_all(on);
}

bool Shard::tracks_all_namespaces() const {
  const base::MutexLock lock(mutex_);
  return log_.namespaces().tracks_all();
}

std::size_t Shard::list_namespaces(std::size_t from, std::size_t count,
                                   const std::function<void(NamespaceStats)>& visit) const {
  const base::MutexLock lock(mutex_);
  return log_.namespaces().list(from, count, visit);
}

std::optional<NamespaceStats> Shard::namespace_stats(std::string_view name) const {
  const base::MutexLock lock(mutex_);
  const NamespaceUsage* const space = log_.namespaces().find(name);
  return space != nullptr ? std::optional{log_.namespaces().stats(*space)} : std::nullopt;
}

bool Shard::maintain(TimePoint now) {
  // Many short holds of the lock rather than a long one.
  bool more = true;
  for (unsigned step = 0; more && step < kStepsOfMaintenance; ++step) {
    const base::MutexLock lock(mutex_);
    apply_due_flush(now);
    more = log_.maintain(now);
  }
  return more;
}

KeyIndex::Cursor Shard::scan(KeyIndex::Cursor from, TimePoint now, std::size_t buckets,
                             const std::function<void(const ItemView&)>& visit) {
  const base::MutexLock lock(mutex_);
  apply_due_flush(now);
  return log_.scan(from, buckets, now, visit);
}

void Shard::add_to(StoreStats& total) const {
  const base::MutexLock lock(mutex_);
  log_.add_to(total);
}

void Shard::reset_stats() {
  const base::MutexLock lock(mutex_);
  log_.stats = {};
  log_.namespaces().reset_counters();
}

}  // namespace cocached::store
