#pragma once

#include "store/eviction/record_credit.hpp"
#include "store/memory/segment.hpp"
#include "store/memory/segment_queue.hpp"

#include <algorithm>
#include <array>

namespace cocached::store {

/// The order in which segments are evicted: greedy-dual (GDSF) made lazy, on queues of segments.
///
/// Records of about equal credit fill the same segments: a level. A segment gets its priority when
/// it is begun: the clock plus what its level is worth. The segment of lowest priority is evicted,
/// and the clock moves on to that priority. So what is used often or is small stays longer, and
/// what was once popular ages. Since priorities within a level only rise, a level is a plain queue.
///
/// Evicting a segment rewrites each record that was read since it was written, with a higher
/// frequency, and drops the others.
class EvictionOrder {
 public:
  struct Level {
    SegmentQueue queue;
    Segment* filling = nullptr;

    /// The oldest segment that nobody has pinned; null when there is none. A segment that is being
    /// filled counts where there is no other. A pinned one would lose its items and free nothing;
    /// there are few, see Segment::try_pin.
    Segment* oldest() const noexcept {
      for (Segment* segment = queue.front(); segment != nullptr; segment = segment->next) {
        if (!segment->pinned()) return segment;
      }
      return filling == nullptr || filling->used == 0 || filling->pinned() ? nullptr : filling;
    }
  };

  Level& operator[](unsigned level) noexcept { return levels_[level]; }

  /// A segment of this level is begun: its priority.
  double priority(unsigned level) const noexcept { return clock_ + RecordCredit::value(level); }

  /// The segment that is to go first, of the oldest ones that `may_go(const Segment&)`; null when
  /// there is none.
  template <class MayGo>
  Segment* lowest(MayGo&& may_go) const noexcept {
    Segment* lowest = nullptr;
    for (const Level& level : levels_) {
      Segment* const oldest = level.oldest();
      if (oldest == nullptr || !may_go(*oldest)) continue;
      if (lowest == nullptr || oldest->priority < lowest->priority) lowest = oldest;
    }
    return lowest;
  }

  void advance(double priority) noexcept { clock_ = std::max(clock_, priority); }

  auto begin() noexcept { return levels_.begin(); }
  auto end() noexcept { return levels_.end(); }
  auto begin() const noexcept { return levels_.begin(); }
  auto end() const noexcept { return levels_.end(); }

 private:
  std::array<Level, RecordCredit::kLevels> levels_;
  double clock_ = 0;
};

}  // namespace cocached::store
