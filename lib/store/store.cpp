// The store: an array of shards that share one memory budget and one sequence of CAS numbers.
//
// Invariant: a key's hash alone chooses its shard, so every operation on a key takes one lock.
// Invariant: no thread holds the locks of two shards. A shard that needs memory returns
// `no_memory`; the store then frees memory in other shards without any lock held, and tries again.
// Each shard has its own lock; budget, CAS numbers and journal are thread-safe by themselves.

#include "store/store.hpp"

#include "store/large_join.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace cocached::store {
namespace {

// A shard of less would have too few segments, or too small ones; and each misses a little more.
constexpr std::size_t kMemoryPerShard = std::size_t{32} << 20;
constexpr unsigned kShardsPerThread = 4;

// A segment is the grain of eviction and, per level that is being filled, of waste.
constexpr std::size_t kSegmentsPerShard = 128;
constexpr std::size_t kMinSegmentSize = std::size_t{128} << 10;

// A store of at most this many bytes fits the cache of a core and needs no prefetching of records.
// The records of 100,000 keys in a shared cache of 32 MiB need it: without prefetching a multiget
// takes half as long again.
constexpr std::size_t kCacheSized = std::size_t{1} << 20;

// A join that others keep spoiling is copied under the lock in the end.
constexpr int kJoinAttempts = 3;

// Between two looks whether the process finds addresses.
constexpr Duration kLongestLookPause{12'800};

unsigned shard_count(const StoreOptions& options) noexcept {
  const std::size_t by_memory = std::bit_floor(options.memory_limit / kMemoryPerShard);
  const std::size_t by_threads = std::bit_ceil(std::size_t{options.threads} * kShardsPerThread);
  return static_cast<unsigned>(std::clamp<std::size_t>(by_memory, 1, by_threads));
}

std::size_t segment_size(const StoreOptions& options, unsigned shards) noexcept {
  const std::size_t wanted = std::bit_floor(options.memory_limit / shards / kSegmentsPerShard);
  return std::clamp(wanted, kMinSegmentSize, kMaxSegmentSize);
}

bool can_map(std::size_t bytes) noexcept {
  try {
    const Mapping probe(bytes);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace

Store::Store(const StoreOptions& options)
    : budget_(std::make_unique<Budget>(options.memory_limit, shard_count(options), options.evict)),
      cas_(std::make_unique<CasNumbers>(options.cas)),
      delimiter_(options.delimiter),
      segment_size_(segment_size(options, shard_count(options))),
      max_value_size_(options.max_value_size) {
  const unsigned shards = shard_count(options);
  for (unsigned i = 0; i < shards; ++i) {
    shards_.push_back(std::make_unique<Shard>(options, *budget_, *cas_, segment_size_));
  }
  if (options.memory_limit > max_memory_limit()) {
    throw std::invalid_argument("a memory limit above " + std::to_string(max_memory_limit() >> 20) +
                                " MiB needs more threads");
  }
}

Store::~Store() = default;

/// Asks the other shards for memory, the one that has most first. Their sizes change meanwhile, and
/// a sort needs keys that don't: so each is read once.
bool Store::reclaim_from_other_shards(const Shard& to, std::size_t bytes) {
  struct Reading {
    std::size_t bytes;
    Shard* shard;
  };
  std::vector<Reading> others;
  others.reserve(shards_.size());
  for (const auto& other : shards_) {
    if (other.get() != &to) others.push_back({other->segment_bytes(), other.get()});
  }
  std::ranges::sort(others, std::greater{}, &Reading::bytes);
  return std::ranges::any_of(
      others, [&](const Reading& other) { return other.shard->free_for_others(bytes); });
}

/// Tries until there is memory, or none is left anywhere.
template <class Attempt>
WriteReceipt Store::retry_until_room(const Key& key, const WriteOptions& options, std::size_t bytes,
                                     Attempt&& attempt) {
  Shard& home = shard(key);
  WriteReceipt receipt = attempt(home);
  while (receipt.result == WriteResult::no_memory) [[unlikely]] {
    if (reclaim_from_other_shards(home, bytes)) {
      receipt = attempt(home);
    } else {
      receipt = home.refuse(key, options, WriteResult::no_memory);
      break;
    }
  }
  return receipt;
}

/// Appends or prepends without holding the lock for the copy. Nothing, and nothing stored, where
/// the caller has to do it under the lock.
std::optional<WriteReceipt> Store::join_large(const Key& key, TimePoint now,
                                              const WriteOptions& options, std::string_view added) {
  if (!joins(options.mode)) [[likely]]
    return std::nullopt;
  Shard& home = shard(key);
  for (int attempt = 0; attempt < kJoinAttempts; ++attempt) {
    std::optional<LargeJoin> join = home.begin_join(key, now, options, added.size());
    if (!join) break;
    join->fill(added);
    if (const auto receipt = home.finish_join(*join, key, now)) return receipt;
  }
  return std::nullopt;
}

WriteReceipt Store::write(const Key& key, TimePoint now, const WriteOptions& options,
                          std::string_view value) {
  note_write(key);
  const auto joined = join_large(key, now, options, value);
  const WriteReceipt receipt =
      joined ? *joined : retry_until_room(key, options, value.size(), [&](Shard& home) {
        return home.write(key, now, options, value);
      });
  if (receipt.over_quota_elsewhere) [[unlikely]]
    enforce_quota_elsewhere(key, value.size());
  return receipt;
}

std::variant<Reservation, WriteResult> Store::reserve(const Key& key, TimePoint now,
                                                      const WriteOptions& options,
                                                      std::size_t size) {
  std::variant<Reservation, WriteResult> made = WriteResult::no_memory;
  retry_until_room(key, options, size, [&](Shard& home) {
    made = home.reserve(key, now, options, size);
    const auto* const failure = std::get_if<WriteResult>(&made);
    return WriteReceipt{.result = failure != nullptr ? *failure : WriteResult::stored};
  });
  return made;
}

std::optional<Arrivals::Share> Store::share_for_arrival(std::size_t size) noexcept {
  constexpr std::size_t kPart = 16;
  return arrivals_.take(size, std::max(memory_limit() / kPart, max_value_size_));
}

WriteReceipt Store::commit(Reservation reservation, TimePoint now) {
  // The record's memory may go with the item.
  std::array<char, kMaxKeySize> bytes{};
  const Key key({bytes.data(), reservation.key().copy(bytes.data(), bytes.size())});
  note_write(key);
  const std::size_t size = reservation.size();
  const auto joined =
      join_large(key, now, reservation.options(), {reservation.value().data(), size});
  const WriteReceipt receipt =
      joined ? *joined : retry_until_room(key, reservation.options(), size, [&](Shard& home) {
        return home.commit(reservation, key, now);
      });
  if (receipt.over_quota_elsewhere) [[unlikely]]
    enforce_quota_elsewhere(key, size);
  return receipt;
}

RemoveResult Store::remove(const Key& key, TimePoint now, const RemoveOptions& options) {
  note_write(key);
  for (Shard& home = shard(key);;) {
    const RemoveResult result = home.remove(key, now, options);
    if (result != RemoveResult::no_memory || !reclaim_from_other_shards(home, 1)) return result;
  }
}

ArithmeticReceipt Store::arithmetic(const Key& key, TimePoint now,
                                    const ArithmeticOptions& options) {
  note_write(key);
  for (Shard& home = shard(key);;) {
    const ArithmeticReceipt receipt = home.arithmetic(key, now, options);
    if (receipt.result != ArithmeticResult::no_memory || !reclaim_from_other_shards(home, 1))
      return receipt;
  }
}

void Store::prefetch(std::span<const Key> keys) noexcept {
  // A lone key gains nothing: its bucket and its record are needed at once.
  if (keys.size() < 2) return;
  for (const Key& key : keys) shard(key).prefetch(key.hash);
  if (budget_->used() < kCacheSized) return;
  // Now that the buckets are on their way, the records: each shard is locked once.
  std::uint64_t done = 0;  // a bit per shard; past 64 of them, a hint is lost
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::size_t home = shard_of(keys[i]);
    const std::uint64_t bit = std::uint64_t{1} << (home % 64);
    if ((done & bit) != 0) continue;
    done |= bit;
    shards_[home]->prefetch_records(keys.subspan(i),
                                    [&](const Key& key) { return shard_of(key) == home; });
  }
}

WriteResult Store::restore(const Key& key, TimePoint now, const ItemView& item) {
  ItemView bounded = item;
  bounded.frequency = std::clamp(item.frequency, 1U, Record::kMaxFrequency);
  const std::size_t size = item.value.size();
  const WriteReceipt receipt =
      retry_until_room(key, {.mode = WriteMode::add}, size,
                       [&](Shard& home) { return home.restore(key, now, bounded, written_); });
  if (receipt.over_quota_elsewhere) [[unlikely]]
    enforce_quota_elsewhere(key, size);
  return receipt.result;
}

void Store::end_restore() noexcept {
  restoring_ = false;
  written_.clear();
}

void Store::flush(TimePoint now) {
  if (restoring_) written_.mark_all();
  for (const auto& shard : shards_) shard->flush(now);
  journal_.note_flush();
}

void Store::flush_at(TimePoint when) {
  flush_due_ = when;
  for (const auto& shard : shards_) shard->flush_at(when);
  journal_.note_change();
}

void Store::note_due_flush(TimePoint now) {
  TimePoint due = flush_due_;
  if (now >= due && flush_due_.compare_exchange_strong(due, kNever)) journal_.note_flush();
}

bool Store::set_memory_limit(std::size_t bytes) {
  if (bytes > max_memory_limit()) return false;
  budget_->set_limit(bytes);
  return true;
}

/// Records of little more than half a segment have one each, which is as small.
std::size_t Store::max_memory_limit() const noexcept {
  return shards_.size() * kMaxSegments * segment_size_ / 2;
}

std::size_t Store::memory_limit() const noexcept {
  return budget_->limit();
}

/// Leaves addresses to the rest of the process where the system bounds them below `-m`: a
/// connection that lacks them is closed, but the store can evict.
///
/// Looks seldom, and ever more seldom while it helps nothing: then it is not the store that takes
/// the addresses, and further items would be evicted in vain.
void Store::leave_addresses(TimePoint now) {
  if (now < next_look_.load(std::memory_order_relaxed)) return;
  if (can_map(Budget::kHeadroom)) {
    look_pause_ = kLeastLookPause;
    next_look_ = now + kLeastLookPause;
    if (budget_->limits_mappings() && can_map(3 * Budget::kHeadroom))
      budget_->raise_mapping_limit();
    return;
  }
  const Duration pause = look_pause_;
  next_look_ = now + pause;
  look_pause_ = std::min(2 * pause, kLongestLookPause);
  tell_of_no_addresses();
  budget_->lower_mapping_limit();
  for (const auto& shard : shards_) {
    if (budget_->exceeds_mappings()) shard->unmap_spares();
  }
  for (const auto& shard : shards_) {
    if (budget_->exceeds_mappings()) shard->free_for_others(Budget::kHeadroom / shards_.size());
  }
}

bool Store::maintain(TimePoint now) {
  note_due_flush(now);
  leave_addresses(now);
  bool more = false;
  for (const auto& shard : shards_) more |= shard->maintain(now);
  return more;
}

bool Store::scan(ScanCursor& cursor, TimePoint now, std::size_t limit,
                 const std::function<void(const ItemView&)>& visit) {
  if (cursor.shard >= shards_.size()) return false;
  const std::size_t buckets = std::max<std::size_t>(limit / kBucketSlots, 1);
  cursor.position = shards_[cursor.shard]->scan(cursor.position, now, buckets, visit);
  if (cursor.position == KeyIndex::kScanEnd) cursor = {cursor.shard + 1, KeyIndex::kScanStart};
  return cursor.shard < shards_.size();
}

StoreStats Store::stats() const {
  StoreStats total;
  for (const auto& shard : shards_) shard->add_to(total);
  total.memory_limit = budget_->limit();
  total.memory_used = budget_->used();
  total.shards = static_cast<unsigned>(shards_.size());
  return total;
}

void Store::reset_stats() {
  for (const auto& shard : shards_) shard->reset_stats();
}

}  // namespace cocached::store
