// Writes of a shard: sets, joins, restored items, and values that arrive in pieces.
//
// decide() looks at the old item and the options and changes nothing; its WriteDecision says
// whether to write, and with which header. store() and commit() then write.
// Invariant: no two writes get the same new CAS number; a write that fails may leave one unused.
// Invariant: a plain set that fails removes the old item, as in memcached, so that no reader gets a
// value that a client meant to replace.
//
// `mutex_` guards the log and everything here.

#include "store/large_join.hpp"
#include "store/shard.hpp"

namespace cocached::store {
namespace {

bool is_plain_set(const WriteOptions& options) noexcept {
  return options.mode == WriteMode::set && !options.compare_cas;
}

WriteReceipt failed(WriteResult why) noexcept {
  return {.result = why, .cas = 0, .size = 0};
}

}  // namespace

ItemHeader Shard::header_for(const WriteOptions& options, TimePoint now) const noexcept {
  return {.client_flags = options.client_flags,
          .cas = options.new_cas ? *options.new_cas : cas_.peek(),
          .deadline = options.deadline,
          .last_access = now,
          .binary_key = options.binary_key};
}

Shard::WriteDecision Shard::decide(const std::optional<StoredItem>& old, TimePoint now,
                                   const WriteOptions& options) {
  WriteDecision decision{.header = header_for(options, now)};
  const bool join = joins(options.mode);
  const bool compares =
      options.compare_cas && options.mode != WriteMode::add && !(join && *options.compare_cas == 0);
  if (!old) {
    if (join && options.vivify) {
      decision.header.deadline = *options.vivify;
    } else if (compares && !join) {
      decision.result = WriteResult::not_found;
    } else if (join || options.mode == WriteMode::replace) {
      decision.result = WriteResult::not_stored;
    }
    return decision;
  }
  if (options.mode == WriteMode::add) {
    decision.result = WriteResult::not_stored;
  } else if (compares && !matches(old->header.cas, *options.compare_cas)) {
    if (join || !options.store_stale || *options.compare_cas == 0 ||
        *options.compare_cas > old->header.cas) {
      decision.result = WriteResult::exists;
    } else {
      decision.header.deadline = old->header.deadline;
      decision.header.stale = true;
      decision.header.win_sent = old->header.win_sent;
    }
  }
  if (join) {
    decision.header.client_flags = old->header.client_flags;
    decision.header.deadline = old->header.deadline;
    decision.header.binary_key = old->header.binary_key;
  }
  return decision;
}

void Shard::drop_for_set(const Key& key, const WriteOptions& options) {
  if (!is_plain_set(options)) return;
  if (const auto old = log_.find_even_expired(key)) log_.erase(*old);
}

WriteReceipt Shard::refuse(const Key& key, const WriteOptions& options, WriteResult why) {
  const base::MutexLock lock(mutex_);
  if (why == WriteResult::no_memory) ++log_.stats.no_memory;
  tally_set(key, options);
  drop_for_set(key, options);
  return failed(why);
}

/// Counts a set for the key's namespace. Callers count each write once: a write without memory may
/// be tried again and counts when it is refused.
void Shard::tally_set(const Key& key, const WriteOptions& options) {
  if (log_.namespaces().active() && options.tally) [[unlikely]]
    log_.namespaces().count_set(key.bytes);
}

/// Returns the reason if the quota of the key's namespace forbids an item of `value` bytes.
std::optional<WriteResult> Shard::quota_refusal(const Key& key, const ItemHeader& header,
                                                std::size_t value) {
  if (!log_.namespaces().has_quotas()) [[likely]]
    return std::nullopt;
  return log_.quota_refusal(key, Record::size(header, key.bytes.size(), value));
}

/// Evicts oldest items of the key's namespace in this shard, after `value` bytes were added to it.
/// Returns true if the namespace is still over its quota, so that other shards must evict.
bool Shard::enforce_quota(const Key& key, std::size_t value) {
  if (!log_.namespaces().has_quotas()) [[likely]]
    return false;
  return !log_.evict_over_quota(log_.namespaces().name_in(key.bytes), value, key.bytes);
}

/// Gives the header its CAS number.
WriteReceipt Shard::store(const Key& key, TimePoint now, ItemHeader& header,
                          const WriteOptions& options, std::string_view head,
                          std::string_view tail) {
  const std::size_t size = head.size() + tail.size();
  header.cas = cas_for(options.new_cas);
  if (const auto refusal = quota_refusal(key, header, size)) {
    drop_for_set(key, options);
    return failed(*refusal);
  }
  return receipt(log_.set(key, now, header, head, tail), key, header.cas, size);
}

WriteReceipt Shard::receipt(bool stored, const Key& key, std::uint64_t cas, std::size_t size) {
  if (!stored) return failed(WriteResult::no_memory);
  ++log_.stats.items_stored;
  return {.result = WriteResult::stored,
          .over_quota_elsewhere = enforce_quota(key, size),
          .cas = cas,
          .size = size};
}

WriteReceipt Shard::join(const Key& key, TimePoint now, const StoredItem& old, ItemHeader& header,
                         const WriteOptions& options, std::string_view value) {
  if (old.value.size() + value.size() > max_value_size_) return failed(WriteResult::too_large);
  if (options.mode == WriteMode::append) return store(key, now, header, options, old.value, value);
  return store(key, now, header, options, value, old.value);
}

WriteReceipt Shard::write(const Key& key, TimePoint now, const WriteOptions& options,
                          std::string_view value) {
  const base::MutexLock lock(mutex_);
  const WriteReceipt receipt = try_write(key, now, options, value);
  if (receipt.result != WriteResult::no_memory) tally_set(key, options);
  return receipt;
}

WriteReceipt Shard::try_write(const Key& key, TimePoint now, const WriteOptions& options,
                              std::string_view value) {
  apply_due_flush(now);
  if (value.size() > max_value_size_) {
    drop_for_set(key, options);
    return failed(WriteResult::too_large);
  }
  // A plain set does not depend on the old item.
  if (is_plain_set(options)) {
    ItemHeader header = header_for(options, now);
    return store(key, now, header, options, value, {});
  }
  ReadResult ignored{};
  const auto old = log_.find(key, now, ignored);
  WriteDecision decision = decide(old, now, options);
  if (decision.result != WriteResult::stored) {
    if (old && options.mode == WriteMode::add) log_.note_use(*old);
    return failed(decision.result);
  }
  if (old && joins(options.mode)) return join(key, now, *old, decision.header, options, value);
  return store(key, now, decision.header, options, value, {});
}

// The lock is held while the marks are read: a writer that marks the key later gets the lock later,
// so its value replaces the restored one.
WriteReceipt Shard::restore(const Key& key, TimePoint now, const ItemView& item,
                            const KeyMarks& marks) {
  const base::MutexLock lock(mutex_);
  apply_due_flush(now);
  if (item.value.size() > max_value_size_) return failed(WriteResult::too_large);
  ReadResult ignored{};
  const auto name = log_.namespaces().name_in(key.bytes);
  const bool marked = marks.has(key.hash) || (!name.empty() && marks.has(mark_of_namespace(name)));
  // A delayed flush that came due meanwhile counts for what is restored later as well.
  if (marked || flush_came_due_ || log_.find(key, now, ignored))
    return failed(WriteResult::not_stored);
  ItemHeader header{.client_flags = item.client_flags,
                    .deadline = item.deadline,
                    .last_access = now,
                    .fetched = item.fetched,
                    .stale = item.stale,
                    .binary_key = item.binary_key};
  header.cas = cas_for(item.cas != 0 ? std::optional{item.cas} : std::nullopt);
  const std::size_t size = item.value.size();
  if (const auto refusal = quota_refusal(key, header, size)) return failed(*refusal);
  const bool stored = log_.restore(key, header, item.value, item.frequency);
  return receipt(stored, key, header.cas, size);
}

std::variant<Reservation, WriteResult> Shard::reserve(const Key& key, TimePoint now,
                                                      const WriteOptions& options,
                                                      std::size_t size) {
  const base::MutexLock lock(mutex_);
  apply_due_flush(now);
  if (size > max_value_size_) {
    drop_for_set(key, options);
    return WriteResult::too_large;
  }
  const ItemHeader header = header_for(options, now);
  if (const auto refusal = quota_refusal(key, header, size)) {
    drop_for_set(key, options);
    return *refusal;
  }
  auto reservation = log_.reserve(key, options, header, size);
  if (!reservation) return WriteResult::no_memory;
  tally_set(key, options);
  reservation->options_.tally = false;
  return std::move(*reservation);
}

WriteReceipt Shard::commit(Reservation& reservation, const Key& key, TimePoint now) {
  const base::MutexLock lock(mutex_);
  apply_due_flush(now);
  const WriteOptions& options = reservation.options_;
  ReadResult ignored{};
  const auto old = log_.find(key, now, ignored);
  WriteDecision decision = decide(old, now, options);
  if (decision.result != WriteResult::stored) return failed(decision.result);
  const std::string_view value(reservation.value().data(), reservation.size());
  if (old && joins(options.mode)) return join(key, now, *old, decision.header, options, value);
  decision.header.cas = cas_for(options.new_cas);
  if (const auto refusal = quota_refusal(key, decision.header, value.size())) {
    drop_for_set(key, options);
    return failed(*refusal);
  }
  return receipt(log_.commit(reservation, key, decision.header), key, decision.header.cas,
                 value.size());
}

}  // namespace cocached::store
