#pragma once

#include <cstddef>
#include <cstdint>

namespace cocached::store {

/// A snapshot of the store, summed over its shards. Counters grow until `reset_stats`; gauges
/// (marked G) are not reset. Sizes in bytes.
struct StoreStats {
  std::uint64_t items = 0;              ///< G: items held, expired ones included until reclaimed
  std::uint64_t item_bytes = 0;         ///< G: their keys, values and headers
  std::uint64_t items_stored = 0;       ///< every item ever stored (`total_items`)
  std::uint64_t evictions = 0;          ///< live items dropped for room
  std::uint64_t evicted_unfetched = 0;  ///< ... that were never read
  std::uint64_t evicted_nonzero = 0;    ///< ... that had a TTL
  std::uint64_t evicted_active = 0;     ///< ... that had been read since their last promotion
  std::uint64_t evicted_age_s = 0;      ///< G: seconds since last access of the latest eviction
  std::uint64_t expired_unfetched = 0;  ///< expired items that were never read
  std::uint64_t reclaimed = 0;          ///< expired items whose memory was taken back
  std::uint64_t sweeps = 0;             ///< expiry sweeps (`lru_crawler_starts`)
  std::uint64_t swept_items = 0;        ///< records looked at by sweeps
  std::uint64_t no_memory = 0;          ///< writes refused for want of memory

  // Small: items that nobody is known to have read, which pass through quickly; main: those that
  // were read, evicted later or written again; large: those with a segment of their own.
  std::uint64_t small_hits = 0, main_hits = 0, large_hits = 0;  ///< hits by what was hit
  std::uint64_t ghost_hits = 0;       ///< stored again soon after an eviction
  std::uint64_t promotions = 0;       ///< records that were small and became main
  std::uint64_t reinsertions = 0;     ///< main records kept for another round
  std::uint64_t compacted_bytes = 0;  ///< copied by compaction

  std::uint64_t memory_limit = 0;   ///< G: the budget
  std::uint64_t memory_used = 0;    ///< G: segments, index, ghosts, all metadata
  std::uint64_t segment_bytes = 0;  ///< G: memory of all segments
  std::uint64_t live_bytes = 0;     ///< G: of it, records that can be read
  std::uint64_t dead_bytes = 0;     ///< G: of it, records overwritten, deleted or expired
  std::uint64_t index_bytes = 0;    ///< G
  std::uint64_t ghost_bytes = 0;    ///< G
  std::uint64_t pins = 0;           ///< G: readers that point into segments now
  std::uint64_t pinned_bytes = 0;   ///< G: segments kept only by pins
  std::uint64_t segments_small = 0, segments_main = 0, segments_large = 0;  ///< G
  std::uint64_t segment_size = 0;                                           ///< G
  std::uint64_t small_items = 0, main_items = 0, large_items = 0;           ///< G
  std::uint64_t oldest_age_s = 0;  ///< G: age of the oldest segment
  std::uint64_t index_slots = 0;   ///< G: room in the index
  bool index_growing = false;      ///< G
  unsigned shards = 0;             ///< G
};

}  // namespace cocached::store
