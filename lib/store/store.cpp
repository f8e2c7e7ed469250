#include "store/store.hpp"

#include <algorithm>
#include <bit>

namespace cocached::store {
namespace {

constexpr std::size_t kMemoryPerShard = std::size_t{16} << 20;

unsigned shard_count(const Options& options) noexcept {
  const std::size_t by_memory = std::bit_floor(options.memory_limit / kMemoryPerShard);
  const std::size_t by_threads = std::bit_ceil(std::size_t{options.threads} * 4);
  return static_cast<unsigned>(std::clamp<std::size_t>(by_memory, 1, by_threads));
}

}  // namespace

Store::Store(const Options& options)
    : budget_(std::make_unique<Budget>(options.memory_limit)),
      cas_(std::make_unique<CasCounter>(options.cas)) {
  const unsigned shards = shard_count(options);
  for (unsigned i = 0; i < shards; ++i) {
    shards_.push_back(std::make_unique<Shard>(options, *budget_, *cas_, shards));
  }
}

Store::~Store() = default;

WriteReceipt Store::write(const Key& key, TimePoint now, const WriteOptions& options,
                          std::string_view value) {
  return shard(key).write(key, now, options, value);
}

std::variant<Reservation, WriteResult> Store::reserve(const Key& key, TimePoint now,
                                                      const WriteOptions& options,
                                                      std::size_t size) {
  return shard(key).reserve(key, now, options, size);
}

WriteReceipt Store::commit(Reservation reservation, TimePoint now) {
  const Key key = reservation.key();
  return shard(key).commit(std::move(reservation), key, now);
}

RemoveResult Store::remove(const Key& key, TimePoint now, const RemoveOptions& options) {
  return shard(key).remove(key, now, options);
}

ArithmeticReceipt Store::arithmetic(const Key& key, TimePoint now,
                                    const ArithmeticOptions& options) {
  return shard(key).arithmetic(key, now, options);
}

void Store::prefetch(std::span<const Key>) noexcept {}

void Store::flush(TimePoint now) {
  for (const auto& shard : shards_) shard->flush(now);
}

void Store::flush_at(TimePoint when) {
  for (const auto& shard : shards_) shard->flush_at(when);
}

void Store::set_memory_limit(std::size_t bytes) {
  budget_->set_limit(bytes);
}

std::size_t Store::memory_limit() const noexcept {
  return budget_->limit();
}

bool Store::maintain(TimePoint now) {
  bool more = false;
  for (const auto& shard : shards_) more |= shard->maintain(now);
  return more;
}

bool Store::scan(ScanCursor& cursor, TimePoint now, std::size_t limit,
                 const std::function<void(const ItemView&)>& visit) {
  if (cursor.shard >= shards_.size()) return false;
  const auto next = shards_[cursor.shard]->scan(cursor.position, now, limit, visit);
  cursor.shard += !next;
  cursor.position = next.value_or(0);
  return cursor.shard < shards_.size();
}

Stats Store::stats() const {
  Stats total;
  for (const auto& shard : shards_) shard->add_to(total);
  total.memory_limit = budget_->limit();
  total.shards = static_cast<unsigned>(shards_.size());
  return total;
}

void Store::reset_stats() {
  for (const auto& shard : shards_) shard->reset_stats();
}

}  // namespace cocached::store
