// Data structures: `keys_` holds the sampled keys by number, `ids_` finds a number by hash, and
// `free_` lists unused numbers. `caches_` holds one small cache per amount of memory.
//
// Invariant: every known key's hash is below the threshold, and the threshold only sinks.
// Invariant: `holders` of a key is the number of caches that hold it; `held_` is the number of keys
// that at least one cache holds.
// Invariant: each cache's capacity is its memory times the share of keys that are sampled.
//
// `mutex_` guards all of it; the threshold is atomic, so that workers compare without the lock.

#include "insight/miss_ratio.hpp"

#include <algorithm>

namespace cocached::insight {
namespace {

/// The bytes of a record beside key and value, see store/memory/record.hpp: without client flags,
/// and with a CAS number. They are exact, because a record's size decides its level.
constexpr std::uint32_t kHeader = 13;
constexpr std::uint32_t kDeadline = 5;

/// The grain of eviction, as store::Store chooses it: of a shard's memory, so the number of shards
/// has no part in it.
constexpr double kSegments = 160;
constexpr double kLeastSegment = 64 << 10;

/// The segments that hold no items: the one that is being evicted, and room for the store's tables.
constexpr double kReservedSegments = 1.5;

/// Beyond this share of all numbers there would be too few left to remember what was evicted.
constexpr std::size_t kMostHeld = MissRatioSimulator::kMostKeys / 4 * 3;

std::uint32_t record_size(std::uint32_t bytes, base::TimePoint deadline) noexcept {
  return bytes + kHeader + (deadline == base::kNever ? 0 : kDeadline);
}

}  // namespace

double MissRatioSimulator::rate() const noexcept {
  return static_cast<double>(threshold()) / kSlices;
}

void MissRatioSimulator::play(std::span<const Access> accesses, base::TimePoint now,
                              std::uint64_t memory_limit) {
  if (memory_limit == 0) return;
  const base::MutexLock lock{mutex_};
  if (memory_limit_ != memory_limit) {
    memory_limit_ = memory_limit;
    set_capacities();
  }
  for (const auto& access : accesses)
    if (watches(access.hash)) play(access, now);
  spend(accesses.size(), now);
}

/// Keeps to the rate: who has used up what was saved looks at half as many keys.
void MissRatioSimulator::spend(std::size_t accesses, base::TimePoint now) {
  const std::chrono::duration<double> passed = now - std::exchange(last_, std::max(now, last_));
  credit_ = std::min(credit_ + kRate * std::max(passed.count(), 0.0), kBurst);
  credit_ -= static_cast<double>(accesses);
  if (credit_ > 0) return;
  lower_threshold();
  credit_ += kRate;
}

void MissRatioSimulator::play(const Access& access, base::TimePoint now) {
  const Id id = id_of(access.hash);
  SampledKey& key = keys_[id];
  if (key.deadline <= now) drop(id);
  switch (access.kind) {
    case Access::Kind::hit:
    case Access::Kind::miss:
      return get(id, access);
    case Access::Kind::stored:
      return store(id, access);
    case Access::Kind::touched:
      key.deadline = access.deadline;
      return;
    case Access::Kind::used:
      return;
    case Access::Kind::removed:
      return drop(id);
  }
}

void MissRatioSimulator::get(Id id, const Access& access) {
  SampledKey& key = keys_[id];
  const bool hit = access.kind == Access::Kind::hit;
  const bool unseen = hit && key.bytes == 0;  // it was there before it was watched
  if (hit) key.bytes = record_size(access.bytes, key.deadline);
  key.filling = !hit;
  for (std::size_t i = 0; i < caches_.size(); ++i) {
    if (caches_[i].holds(id)) {
      caches_[i].use(id);
      continue;
    }
    if (!unseen) misses_[i] += 1 / rate();
    if (hit) put(caches_[i], id);
  }
}

void MissRatioSimulator::store(Id id, const Access& access) {
  SampledKey& key = keys_[id];
  key.bytes = record_size(access.bytes, access.deadline);
  key.deadline = access.deadline;
  const bool fill = std::exchange(key.filling, false);
  for (auto& cache : caches_)
    if (!fill || !cache.holds(id)) put(cache, id);
}

void MissRatioSimulator::put(MiniCache& cache, Id id) {
  const bool held = cache.holds(id);
  cache.put(id, keys_[id].bytes);
  if (!held && keys_[id].holders++ == 0) ++held_;
  collect(cache);
}

/// Books what a cache has evicted.
void MissRatioSimulator::collect(MiniCache& cache) {
  for (const Id id : cache.take_evicted()) release_hold(id);
}

void MissRatioSimulator::release_hold(Id id) {
  if (--keys_[id].holders == 0) --held_;
}

/// Takes a key out of every cache.
void MissRatioSimulator::drop(Id id) {
  for (auto& cache : caches_) {
    if (!cache.holds(id)) continue;
    cache.erase(id);
    release_hold(id);
  }
  keys_[id].deadline = base::kNever;
}

MissRatioSimulator::Id MissRatioSimulator::id_of(std::uint64_t hash) {
  if (const auto found = ids_.find(hash); found != ids_.end()) return found->second;
  const Id id = free_id();
  keys_[id] = {.hash = hash, .known = true};
  for (auto& cache : caches_) cache.make_room_for(id);
  ids_.emplace(hash, id);
  return id;
}

/// A number that stands for no key.
MissRatioSimulator::Id MissRatioSimulator::free_id() {
  if (free_.empty() && keys_.size() < kMostKeys) {
    keys_.emplace_back();
    return static_cast<Id>(keys_.size() - 1);
  }
  while (free_.empty() && held_ > kMostHeld) lower_threshold();
  while (free_.empty()) {
    hand_ = static_cast<Id>((hand_ + 1) % keys_.size());
    if (keys_[hand_].holders == 0) release(hand_);
  }
  const Id id = free_.back();
  free_.pop_back();
  return id;
}

/// Knows nothing of a key any more.
void MissRatioSimulator::release(Id id) {
  drop(id);
  for (auto& cache : caches_) cache.forget(id);
  ids_.erase(keys_[id].hash);
  keys_[id] = {};
  free_.push_back(id);
}

/// Watches half as many keys.
void MissRatioSimulator::lower_threshold() {
  threshold_.store(std::max(threshold() / 2, std::uint32_t{1}), std::memory_order_relaxed);
  for (Id id = 0; id < keys_.size(); ++id)
    if (keys_[id].known && !watches(keys_[id].hash)) release(id);
  set_capacities();
}

void MissRatioSimulator::set_capacities() {
  for (std::size_t i = 0; i < caches_.size(); ++i) {
    const double limit = kScales[i] * static_cast<double>(memory_limit_);
    const double segment = std::max(limit / kSegments, kLeastSegment);
    const double usable = limit - std::min(kReservedSegments * segment, limit / 2);
    caches_[i].set_capacity(static_cast<std::uint64_t>(usable * rate()),
                            static_cast<std::uint64_t>(segment * rate()));
    collect(caches_[i]);
  }
}

void MissRatioSimulator::flush() {
  const base::MutexLock lock{mutex_};
  for (Id id = 0; id < keys_.size(); ++id) drop(id);
}

void MissRatioSimulator::reset() {
  const base::MutexLock lock{mutex_};
  misses_ = {};
}

MissRatioCurve MissRatioSimulator::curve(std::uint64_t gets, std::uint64_t misses) const {
  const base::MutexLock lock{mutex_};
  const auto hit_ratio = [gets](double missed) {
    return gets == 0 ? 0.0 : std::clamp(1 - missed / static_cast<double>(gets), 0.0, 1.0);
  };
  MissRatioCurve curve{.sampling_rate = rate(),
                       .keys = ids_.size(),
                       .gets = gets,
                       .measured_hit_ratio = hit_ratio(static_cast<double>(misses)),
                       .points = {}};
  for (std::size_t i = 0; i < caches_.size(); ++i)
    curve.points.push_back(
        {.scale = kScales[i],
         .bytes = static_cast<std::uint64_t>(kScales[i] * static_cast<double>(memory_limit_)),
         .hit_ratio = hit_ratio(misses_[i])});
  return curve;
}

}  // namespace cocached::insight
