// How a shard appends to a large value: the copy of up to a mebibyte is made without the lock.
//
// Invariant: a pinned segment is neither overwritten nor reused. So the old value stays as it was
// found, and an item whose record is still at the same address has the same value.

#include "store/large_join.hpp"
#include "store/shard.hpp"

namespace cocached::store {

std::optional<LargeJoin> Shard::begin_join(const Key& key, TimePoint now,
                                           const WriteOptions& options, std::size_t added) {
  const base::MutexLock lock(mutex_);
  apply_due_flush(now);
  ReadResult ignored{};
  const auto old = log_.find(key, now, ignored);
  if (!old) return std::nullopt;
  const std::string_view value = old->value;
  const std::size_t size = value.size() + added;
  if (size < LargeJoin::kLeastSize || size > max_value_size_) return std::nullopt;
  const WriteDecision decision = decide(old, now, options);
  if (decision.result != WriteResult::stored || quota_refusal(key, decision.header, size))
    return std::nullopt;
  const char* const record = old->record.data();
  Pin pin(*old->segment);  // first: the room for the new record may cost the old one
  auto target = log_.reserve(key, options, decision.header, size);
  if (!target) return std::nullopt;
  return LargeJoin(std::move(pin), record, value, *std::move(target));
}

std::optional<WriteReceipt> Shard::finish_join(LargeJoin& join, const Key& key, TimePoint now) {
  const base::MutexLock lock(mutex_);
  apply_due_flush(now);
  ReadResult ignored{};
  const auto old = log_.find(key, now, ignored);
  if (!old || old->record.data() != join.old_record_) return std::nullopt;
  const WriteOptions& options = join.target_.options();
  const std::size_t size = join.target_.size();
  // Anew: a touch may have changed the old item's header.
  WriteDecision decision = decide(old, now, options);
  if (decision.result != WriteResult::stored || quota_refusal(key, decision.header, size))
    return std::nullopt;
  decision.header.cas = cas_for(options.new_cas);
  const bool stored = log_.commit(join.target_, key, decision.header);
  if (!stored) return std::nullopt;
  tally_set(key, options);
  return receipt(stored, key, decision.header.cas, size);
}

}  // namespace cocached::store
