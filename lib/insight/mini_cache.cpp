// Data structures: an array of objects by number; per level a doubly linked list of them, oldest
// first, and the imagined segment that the level fills.
//
// Invariant: exactly the objects that are `held` are in the list of their level.
// Invariant: `used_` is the sum of the held objects' bytes and index shares, and is at most
// `capacity_` between calls; `held_` is their number.
// Invariant: objects that were appended to one segment share its priority and its age; within a
// level priorities only rise.
//
// The lock of the simulator that owns the cache guards it.

#include "insight/mini_cache.hpp"

#include <algorithm>

namespace cocached::insight {
namespace {

constexpr unsigned kMostUses = 3;  // two bits in the store's index

}  // namespace

/// Returns true for an object that the store evicts only if it must, because the object has had too
/// little time to be used: see store::RecordCredit::is_young.
bool MiniCache::is_young(const Object& object) const noexcept {
  return store::RecordCredit::is_young(appended_ - object.since, capacity_);
}

void MiniCache::use(Id id) noexcept {
  Object& object = objects_[id];
  if (!is_young(object)) object.uses = std::min<std::uint8_t>(object.uses + 1, kMostUses);
}

void MiniCache::put(Id id, std::uint32_t bytes) {
  Object& object = objects_[id];
  if (object.held && object.bytes == bytes) {  // written over in place
    object.uses = std::min<std::uint8_t>(object.uses + 1, kMostUses);
    return;
  }
  if (bytes + kIndexShare > capacity_) return erase(id);
  if (object.held) {
    unlink(id);
    object.frequency = static_cast<std::uint8_t>(
        std::min(unsigned{object.frequency} + object.uses, store::RecordCredit::kMaxFrequency));
  } else {
    object.frequency = static_cast<std::uint8_t>(recall(object));
  }
  object.bytes = bytes;
  append(id);
  make_room();
}

/// Returns how often an object was used before it was evicted, or 1 if it is not remembered. The
/// cache remembers three evicted objects for four held ones, as RecordLog::resize_ghosts does.
unsigned MiniCache::recall(const Object& object) noexcept {
  const auto age = static_cast<double>(evictions_ - object.since);
  const auto remembered = 0.75 * static_cast<double>(held_);
  if (object.frequency == 0 || age >= remembered) return 1;
  return credit_.take_back(object.frequency, static_cast<float>(age / remembered));
}

void MiniCache::append(Id id) {
  Object& object = objects_[id];
  object.level = static_cast<std::uint8_t>(credit_.level(object.frequency, object.bytes));
  Level& level = levels_[object.level];
  if (level.left == 0) {
    level.priority = clock_ + store::RecordCredit::value(object.level);
    level.since = appended_;
    level.left = segment_;
  }
  level.left -= std::min<std::uint64_t>(level.left, object.bytes);
  object.priority = level.priority;
  object.since = level.since;
  object.uses = 0;
  object.held = true;
  object.next = kNone;
  object.previous = level.last;
  (level.last == kNone ? level.first : objects_[level.last].next) = id;
  level.last = id;
  used_ += object.bytes + kIndexShare;
  appended_ += object.bytes;
  ++held_;
}

void MiniCache::unlink(Id id) noexcept {
  Object& object = objects_[id];
  Level& level = levels_[object.level];
  (object.previous == kNone ? level.first : objects_[object.previous].next) = object.next;
  (object.next == kNone ? level.last : objects_[object.next].previous) = object.previous;
  object.held = false;
  used_ -= object.bytes + kIndexShare;
  --held_;
}

void MiniCache::erase(Id id) noexcept {
  if (objects_[id].held) forget(id);
}

void MiniCache::forget(Id id) noexcept {
  if (objects_[id].held) unlink(id);
  objects_[id].frequency = 0;
}

void MiniCache::set_capacity(std::uint64_t bytes, std::uint64_t segment) {
  capacity_ = bytes;
  segment_ = std::max<std::uint64_t>(segment, 1);
  make_room();
}

/// Returns the object to evict next: among the oldest of each level the one of lowest priority; a
/// young one only if there is no other.
MiniCache::Id MiniCache::lowest() const noexcept {
  Id lowest = kNone;
  const auto goes_before = [this](const Object& a, const Object& b) {
    const bool young = is_young(a);
    return young == is_young(b) ? a.priority < b.priority : !young;
  };
  for (const auto& level : levels_) {
    if (level.first == kNone) continue;
    if (lowest == kNone || goes_before(objects_[level.first], objects_[lowest]))
      lowest = level.first;
  }
  return lowest;
}

void MiniCache::make_room() {
  while (used_ > capacity_) {
    const Id id = lowest();
    Object& object = objects_[id];
    clock_ = std::max(clock_, object.priority);
    leave_segment(object);
    unlink(id);
    if (object.uses == 0) {
      evict(id);
    } else {
      object.frequency = static_cast<std::uint8_t>(
          std::min(unsigned{object.frequency} + object.uses, store::RecordCredit::kMaxFrequency));
      append(id);
    }
  }
}

/// Nothing more is appended to the segment that `object` leaves.
void MiniCache::leave_segment(const Object& object) noexcept {
  Level& level = levels_[object.level];
  if (level.since == object.since) level.left = 0;
}

void MiniCache::evict(Id id) {
  Object& object = objects_[id];
  credit_.note_eviction(object.frequency, object.bytes, capacity_);
  object.since = evictions_++;
  evicted_.push_back(id);
}

}  // namespace cocached::insight
