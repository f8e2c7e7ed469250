// Data structures: `spaces_` holds the namespaces by number, null for a free number; `free_` lists
// the free numbers; `by_name_` finds a number by name.
// Invariant: each key of `by_name_` is a view of the name in the NamespaceUsage of its number.
// Invariant: the items and bytes of a namespace are complete once `finished_` has reached its
// `survey`; before that they count only what was written since, or what the running survey found.
// Invariant: a Quota's `used` is the sum of `bytes` over the shards that have it.
// The shard's lock guards the table; a Quota is shared by all shards and is atomic.

#include "store/namespaces/namespace_table.hpp"

#include "base/hash.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace cocached::store {
namespace {

// How many are looked at in one step for one that has a quota.
constexpr std::size_t kLookedAt = 64;

// Bytes of a namespace in the tables, beside its struct and its name; and bytes of an empty queue.
constexpr std::size_t kEntryBytes = 96;
constexpr std::size_t kQueueBytes = 2048;

std::size_t bytes_of(std::string_view name) noexcept {
  return sizeof(NamespaceUsage) + kEntryBytes +
         (name.size() < sizeof(std::string) / 2 ? 0 : name.size());
}

}  // namespace

void NamespaceUsage::add(std::uint64_t size) noexcept {
  ++items;
  bytes += size;
  if (quota) quota->used.fetch_add(size, std::memory_order_relaxed);
}

void NamespaceUsage::subtract(std::uint64_t size) noexcept {
  --items;
  bytes -= size;
  if (quota) quota->used.fetch_sub(size, std::memory_order_relaxed);
}

void NamespaceUsage::forget_items() noexcept {
  if (quota) quota->used.fetch_sub(bytes, std::memory_order_relaxed);
  items = bytes = 0;
}

std::size_t NamespaceTable::Hash::operator()(std::string_view name) const noexcept {
  return base::hash(name);
}

const NamespaceUsage* NamespaceTable::find(std::string_view name) const noexcept {
  if (name.empty()) return nullptr;
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : spaces_[found->second].get();
}

NamespaceUsage* NamespaceTable::find(std::string_view name) noexcept {
  return const_cast<NamespaceUsage*>(std::as_const(*this).find(name));
}

NamespaceUsage* NamespaceTable::track(std::string_view key) noexcept {
  const auto name = name_in(key);
  NamespaceUsage* const known = find(name);
  if (known != nullptr || !tracks_all_ || name.empty()) return known;
  NamespaceUsage* const added = try_add(name);
  covers_all_ &= added != nullptr;
  return added;
}

/// Null where there are too many, or no memory.
NamespaceUsage* NamespaceTable::try_add(std::string_view name) noexcept try {
  return has_room_for(name) ? &add(name) : nullptr;
} catch (const std::bad_alloc&) {
  return nullptr;
}

NamespaceUsage* NamespaceTable::define(std::string_view name, std::uint64_t oldest_epoch) {
  NamespaceUsage* space = find(name);
  if (space == nullptr) {
    while (!has_room_for(name))
      if (!drop_unneeded(oldest_epoch)) return nullptr;
    space = &add(name);
  }
  space->defined = true;
  return space;
}

NamespaceUsage& NamespaceTable::add(std::string_view name) {
  if (free_.empty()) {
    free_.reserve(spaces_.size() + 1);  // dropping can't throw
    spaces_.emplace_back();
    free_.push_back(spaces_.size() - 1);
  }
  const std::size_t number = free_.back();
  auto space = std::make_unique<NamespaceUsage>(NamespaceUsage{.name = std::string{name}});
  by_name_.emplace(space->name, number);
  free_.pop_back();
  space->survey = covers_all_ ? covering_survey_ : next_survey();
  name_bytes_ += bytes_of(name);
  active_ = true;
  return *(spaces_[number] = std::move(space));
}

bool NamespaceTable::is_unneeded(const NamespaceUsage& space,
                                 std::uint64_t oldest_epoch) const noexcept {
  return space.items == 0 && !space.quota && is_complete(space) && space.flushed_at <= oldest_epoch;
}

bool NamespaceTable::drop_unneeded(std::uint64_t oldest_epoch) noexcept {
  const auto unneeded = std::ranges::find_if(spaces_, [&](const auto& space) {
    return space != nullptr && is_unneeded(*space, oldest_epoch);
  });
  if (unneeded == spaces_.end()) return false;
  name_bytes_ -= bytes_of((*unneeded)->name);
  by_name_.erase((*unneeded)->name);
  unneeded->reset();
  free_.push_back(static_cast<std::size_t>(unneeded - spaces_.begin()));
  return true;
}

/// A first quota starts a new survey of the namespace, so that all its items are listed by age.
bool NamespaceTable::set_quota(NamespaceUsage& space, std::shared_ptr<Quota> quota) {
  if (space.quota == quota) return true;
  if (!space.quota && fixed_bytes() + kQueueBytes > max_bytes_) return false;
  queue_bytes_ -= std::exchange(space.queue_charged, 0);
  const bool counts_anew = !space.quota && (space.items != 0 || !is_complete(space));
  quotas_ += quota != nullptr;
  quotas_ -= space.quota != nullptr;
  if (counts_anew) space.forget_items();
  space.quota = std::move(quota);
  if (counts_anew) space.survey = next_survey();
  space.by_age = space.quota ? std::make_unique<AgeQueue>() : nullptr;
  return true;
}

void NamespaceTable::track_all(bool on) noexcept {
  if (on && !tracks_all_) {
    covers_all_ = true;  // until there is one more than there may be
    covering_survey_ = next_survey();
  }
  if (!on) covers_all_ = false;
  tracks_all_ = on;
  active_ = on || !by_name_.empty();
}

NamespaceUsage* NamespaceTable::next_with_quota() noexcept {
  if (quotas_ == 0) return nullptr;
  for (std::size_t looked = 0; looked < std::min(kLookedAt, spaces_.size()); ++looked) {
    next_quota_ = (next_quota_ + 1) % spaces_.size();
    NamespaceUsage* const space = spaces_[next_quota_].get();
    if (space == nullptr || !space->quota) continue;
    queue_bytes_ += space->by_age->bytes() - space->queue_charged;
    space->queue_charged = space->by_age->bytes();
    return space;
  }
  return nullptr;
}

void NamespaceTable::forget_items() noexcept {
  for (const auto& space : spaces_) {
    if (space) space->forget_items();
  }
}

void NamespaceTable::reset_counters() noexcept {
  for (const auto& space : spaces_) {
    if (space) space->reset_counters();
  }
}

NamespaceStats NamespaceTable::stats(const NamespaceUsage& space) const {
  return {.name = space.name,
          .defined = space.defined,
          .complete = is_complete(space),
          .generation = space.generation,
          .quota = space.quota ? space.quota->limit.load(std::memory_order_relaxed) : 0,
          .items = space.items,
          .bytes = space.bytes,
          .gets = space.gets,
          .hits = space.hits,
          .sets = space.sets,
          .deletes = space.deletes,
          .evictions = space.evictions};
}

std::size_t NamespaceTable::list(std::size_t from, std::size_t count,
                                 const std::function<void(NamespaceStats)>& visit) const {
  const std::size_t end = std::min(from + count, spaces_.size());
  for (; from < end; ++from) {
    if (spaces_[from]) visit(stats(*spaces_[from]));
  }
  return end == spaces_.size() ? 0 : end;
}

bool NamespaceTable::has_room_for(std::string_view name) const noexcept {
  return size() < kMaxNamespaces && fixed_bytes() + bytes_of(name) <= max_bytes_;
}

std::size_t NamespaceTable::fixed_bytes() const noexcept {
  return name_bytes_ + quotas_ * kQueueBytes;
}

}  // namespace cocached::store
