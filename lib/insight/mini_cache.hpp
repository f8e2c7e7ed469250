#pragma once

#include "store/eviction/record_credit.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cocached::insight {

/// A cache of objects without their contents: decides as store::RecordLog does which ones it would
/// hold with so many bytes (see store/eviction/eviction_policy.hpp and
/// store/eviction/record_credit.hpp). Evicts object by object, but in the order of segments: those
/// that would have been appended to one share its priority and its age. Objects are numbers from 0
/// on, chosen by the caller. Not thread-safe.
class MiniCache {
 public:
  using Id = std::uint32_t;

  /// The bytes of an object beside key and value: its slot in the index, and its ghost after
  /// eviction.
  static constexpr std::uint32_t kIndexShare = 12;

  /// Makes `id` a number that is known. A number may be used again after `forget`.
  void make_room_for(Id id) {
    if (id >= objects_.size()) objects_.resize(id + 1);
  }

  bool holds(Id id) const noexcept { return objects_[id].held; }

  /// A read of an object that is held.
  void use(Id id) noexcept;

  /// Stores an object anew, or over what is held. What it pushes out is reported to
  /// `take_evicted`. `bytes` is the size of its record.
  void put(Id id, std::uint32_t bytes);

  /// Takes an object out, without the memory of it that evicted ones leave.
  void erase(Id id) noexcept;

  /// Takes an object out, and knows nothing of it any more.
  void forget(Id id) noexcept;

  /// Evicts down to it. Segments are about `segment` bytes.
  void set_capacity(std::uint64_t bytes, std::uint64_t segment);

  /// Objects evicted since the last call.
  std::vector<Id> take_evicted() { return std::exchange(evicted_, {}); }

 private:
  static constexpr Id kNone = UINT32_MAX;

  struct Object {
    double priority = 0;      ///< the lowest goes first
    std::uint64_t since = 0;  ///< bytes appended before its segment; once evicted, objects evicted
    Id next = kNone;          ///< in its level
    Id previous = kNone;      ///< likewise
    std::uint32_t bytes = 0;  ///< of its record
    std::uint8_t level = 0;
    std::uint8_t frequency = 0;  ///< 1 to 15; 0: nothing is known of it
    std::uint8_t uses = 0;       ///< since it was appended, up to 3
    bool held = false;
  };

  /// Its objects, and the segment that is being filled: none where nothing is `left` of it.
  struct Level {
    Id first = kNone;
    Id last = kNone;
    double priority = 0;
    std::uint64_t since = 0;
    std::uint64_t left = 0;
  };

  bool is_young(const Object& object) const noexcept;
  unsigned recall(const Object& object) noexcept;
  void append(Id id);
  void leave_segment(const Object& object) noexcept;
  void unlink(Id id) noexcept;
  Id lowest() const noexcept;
  void evict(Id id);
  void make_room();

  std::vector<Object> objects_;
  std::array<Level, store::RecordCredit::kLevels> levels_;
  store::RecordCredit credit_;
  std::vector<Id> evicted_;
  std::uint64_t capacity_ = 0;
  std::uint64_t segment_ = 1;
  std::uint64_t used_ = 0;
  std::uint64_t held_ = 0;
  std::uint64_t appended_ = 0;   ///< bytes, ever
  std::uint64_t evictions_ = 0;  ///< ever
  double clock_ = 0;
};

}  // namespace cocached::insight
