// A store's namespaces: each is one in every shard, and has one quota for all.

#include "store/store.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>

namespace cocached::store {
namespace {

constexpr std::size_t kListedAtOnce = 1024;  // namespaces, under a shard's lock

/// Adds one shard's part to the others'.
void add(NamespaceStats& sum, const NamespaceStats& part) {
  sum.defined |= part.defined;
  sum.complete &= part.complete;
  sum.generation = std::max(sum.generation, part.generation);
  sum.quota = std::max(sum.quota, part.quota);
  sum.items += part.items;
  sum.bytes += part.bytes;
  sum.gets += part.gets;
  sum.hits += part.hits;
  sum.sets += part.sets;
  sum.deletes += part.deletes;
  sum.evictions += part.evictions;
}

}  // namespace

/// Defines the namespace in all shards. False if a shard has no room; shards before that one know
/// it.
bool Store::define_namespace(std::string_view name) {
  return std::ranges::all_of(shards_, [&](auto& shard) { return shard->define_namespace(name); });
}

bool Store::flush_namespace(std::string_view name, TimePoint now) {
  if (!define_namespace(name)) return false;
  if (restoring_) written_.mark(mark_of_namespace(name));  // what is restored was stored before
  bool flushed = true;
  for (const auto& shard : shards_) flushed &= shard->flush_namespace(name, now);
  journal_.note_flush(name);
  return flushed;
}

bool Store::set_namespace_quota(std::string_view name, std::uint64_t bytes) {
  const base::MutexLock lock(quotas_mutex_);
  if (!define_namespace(name)) return false;
  const auto set_in_all = [&](const std::shared_ptr<Quota>& quota) {
    return std::ranges::all_of(shards_, [&](auto& shard) { return shard->set_quota(name, quota); });
  };
  const bool done = set_in_all(quota_of(name, bytes));
  journal_.note_change();
  if (done) return true;
  set_in_all(quota_of(name, 0));  // those that have it give it back
  return false;
}

std::map<std::string, std::uint64_t> Store::namespace_quotas() const {
  const base::MutexLock lock(quotas_mutex_);
  std::map<std::string, std::uint64_t> all;
  for (const auto& [name, quota] : quotas_)
    all.emplace(name, quota->limit.load(std::memory_order_relaxed));
  return all;
}

/// The quota of a namespace, set to `bytes`; null for 0.
std::shared_ptr<Quota> Store::quota_of(std::string_view name, std::uint64_t bytes) {
  auto found = quotas_.find(name);
  if (bytes == 0) {
    if (found != quotas_.end()) quotas_.erase(found);
    return nullptr;
  }
  if (found == quotas_.end()) {
    found = quotas_.emplace(name, std::make_shared<Quota>()).first;
  }
  found->second->limit.store(bytes, std::memory_order_relaxed);
  return found->second;
}

/// Evicts items of the key's namespace in the other shards, one after the other, until it is within
/// its quota. The home shard has no more items to evict for this write.
void Store::enforce_quota_elsewhere(const Key& key, std::size_t written) {
  const auto name = name_in(key.bytes, delimiter_);
  const std::size_t home = shard_of(key);
  for (std::size_t i = 1; i < shards_.size(); ++i) {
    if (shards_[(home + i) % shards_.size()]->evict_over_quota(name, written)) return;
  }
}

void Store::track_all_namespaces(bool on) {
  for (const auto& shard : shards_) shard->track_all_namespaces(on);
}

bool Store::tracks_all_namespaces() const {
  return shards_.front()->tracks_all_namespaces();
}

std::vector<NamespaceStats> Store::namespaces() const {
  std::vector<NamespaceStats> all;
  std::unordered_map<std::string, std::size_t> places;
  const auto take = [&](NamespaceStats part) {
    const auto [place, is_new] = places.try_emplace(part.name, all.size());
    if (is_new)
      all.push_back(std::move(part));
    else
      add(all[place->second], part);
  };
  for (const auto& shard : shards_) {
    std::size_t from = 0;
    do {
      from = shard->list_namespaces(from, kListedAtOnce, take);
    } while (from != 0);
  }
  return all;
}

bool Store::visit_namespaces(NamespaceCursor& cursor, std::size_t count,
                             const std::function<void(NamespaceStats)>& visit) const {
  if (cursor.shard >= shards_.size()) return false;
  std::vector<NamespaceStats> some;
  cursor.number = shards_[cursor.shard]->list_namespaces(
      cursor.number, count, [&](NamespaceStats part) { some.push_back(std::move(part)); });
  for (auto& space : some)
    if (add_other_shards(space, cursor.shard)) visit(std::move(space));
  if (cursor.number == 0) ++cursor.shard;
  return cursor.shard < shards_.size();
}

/// False: a shard before that of number `home` knows the namespace, so it was visited there.
bool Store::add_other_shards(NamespaceStats& space, std::size_t home) const {
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    const auto part = i == home ? std::nullopt : shards_[i]->namespace_stats(space.name);
    if (part && i < home) return false;
    if (part) add(space, *part);
  }
  return true;
}

std::vector<NamespaceStats> Store::largest_namespaces(std::size_t count) const {
  auto all = namespaces();
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(count, all.size()));
  std::ranges::partial_sort(all, end, std::greater{}, &NamespaceStats::bytes);
  all.erase(end, all.end());
  return all;
}

std::optional<NamespaceStats> Store::namespace_stats(std::string_view name) const {
  std::optional<NamespaceStats> sum;
  for (const auto& shard : shards_) {
    auto part = shard->namespace_stats(name);
    if (part && sum) add(*sum, *part);
    if (part && !sum) sum = std::move(part);
  }
  return sum;
}

}  // namespace cocached::store
