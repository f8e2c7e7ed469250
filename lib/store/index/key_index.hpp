#pragma once

#include "store/index/hash_table.hpp"
#include "store/index/slot.hpp"

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>

namespace cocached::store {

/// The addresses of the index's buckets, for threads that do not hold its lock. A thread may
/// prefetch with them, but never read.
class alignas(64) IndexHint {
 public:
  /// Starts loading the two cache lines where `hash` is found, if at all (99 of 100 times).
  /// Thread-safe, never blocks; during a resize a prefetch may be in vain.
  void prefetch(std::uint64_t hash) const noexcept;

 private:
  friend class KeyIndex;
  std::atomic<const IndexBucket*> lower_ = nullptr, upper_ = nullptr;
  std::atomic<std::uint32_t> lower_buckets_ = 0, upper_buckets_ = 0, frontier_ = 0;
};

/// The index of a shard: from a key's hash to the place of its record and a small access count.
/// 8 bytes an entry, filled to 0.8-0.9; a lookup touches one cache line, or in one of four cases a
/// second.
///
/// It knows 30 bits of an entry's hash, the upper ones (so a shard is chosen by lower ones) and
/// never reads a record: not to find (the caller compares keys), not to grow. Entries of equal
/// prefix are told apart by the caller.
///
/// It grows and shrinks by moving its entries to another table in order of prefix, a few buckets
/// at a time: `insert` moves some, `step` any number. Prefixes below the frontier are in the new
/// table, the others in the old one, whose memory goes back to the system behind the frontier.
///
/// The index never resizes by itself. When it `wants_growth`, the caller takes `growth_bytes` from
/// the budget and calls `grow`. Without growth the index fills up until an insert fails.
///
/// Not thread-safe: the shard's lock guards the index, except its hint.
class KeyIndex {
 public:
  KeyIndex();  ///< of the least size. Throws std::bad_alloc.

  /// The entry with this hash of which `matches(Place)` is true; asked only about entries of equal
  /// prefix. No slot where there is none.
  template <std::predicate<Place> Matches>
  Slot find(std::uint64_t hash, Matches&& matches) {
    const std::uint32_t prefix = prefix_of(hash);
    return table_of(prefix).find(prefix, matches);
  }

  /// The entry that points at exactly this place. Reads no record.
  Slot find_place(std::uint64_t hash, Place place) {
    return find(hash, [place](Place other) { return other == place; });
  }

  /// One of the entries that are in the way where this hash is too crowded to be inserted, of which
  /// `matches(Place)` is true.
  template <std::predicate<Place> Matches>
  Slot find_in_crowd(std::uint64_t hash, Matches&& matches) {
    const std::uint32_t prefix = prefix_of(hash);
    return table_of(prefix).find_at_home(prefix, matches);
  }

  /// Adds an entry, even where an equal one exists. Moves some entries on while resizing. False,
  /// and nothing added, where the entries near this hash are too crowded; then erasing such, or
  /// growth where it is wanted, helps. Never with uniform hashes at a load up to 0.9.
  [[nodiscard]] bool insert(std::uint64_t hash, Place place, unsigned access_count = 0) noexcept;

  void erase(Slot slot) noexcept;

  std::size_t size() const noexcept { return size_; }  ///< entries
  std::size_t capacity() const noexcept;               ///< slots, of the new table while resizing
  std::size_t bytes() const noexcept;                  ///< committed memory, to the page

  /// True while entries move from one table to another.
  bool resizing() const noexcept { return lower_.buckets() != 0; }

  bool wants_growth() const noexcept;         ///< too full, and not resizing
  std::size_t growth_bytes() const noexcept;  ///< by how much `bytes` would rise at most by `grow`

  /// Starts growing by an eighth. Not while resizing. Throws std::bad_alloc.
  void grow();

  /// Too empty, above the least size, and not resizing; and the last survey left hope, or many
  /// entries have gone since.
  bool wants_shrinkage() const noexcept;

  /// Looks at how the entries of some buckets would fit into the smaller table. True when there
  /// are more to look at, before `shrink`.
  bool survey() noexcept;

  std::size_t shrinkage_bytes() const noexcept;  ///< by how much `bytes` would rise for a while

  /// Starts shrinking, unless a survey found that entries would be too crowded. Not while resizing.
  /// Throws std::bad_alloc.
  void shrink();

  /// Moves the entries of up to `buckets` buckets on. True while the resize is unfinished.
  bool step(std::size_t buckets) noexcept;

  /// The last step moved nothing: the entries that are next are too crowded for the new table, and
  /// another step is in vain until some of them are gone.
  bool stuck() const noexcept { return stuck_; }

  /// The position of a scan: a prefix, or the end.
  using Cursor = std::uint32_t;
  static constexpr Cursor kScanStart = 0;
  static constexpr Cursor kScanEnd = kPrefixEnd;

  /// Calls `visit(Place, access_count)` for the entries of the next `buckets` buckets from `cursor`
  /// on; returns where to go on. Between calls anything may happen: no entry is visited twice, and
  /// none that is present throughout is missed.
  template <class Visit>
  Cursor scan(Cursor cursor, std::size_t buckets, Visit&& visit) const {
    const bool in_lower = cursor < frontier_;
    const HashTable& table = in_lower ? lower_ : upper_;
    const std::size_t next = std::min<std::size_t>(table.home(cursor) + buckets, table.buckets());
    const Cursor end = std::min(table.first_prefix(static_cast<std::uint32_t>(next)),
                                in_lower ? frontier_ : kScanEnd);
    table.for_each(cursor, end, [&](std::uint32_t, std::uint64_t word) {
      visit(slot_word::place(word), slot_word::access_count(word));
      return true;
    });
    return end;
  }

  /// For `prefetch` without the lock; lives as long as the index.
  const IndexHint& hint() const noexcept { return hint_; }

 private:
  HashTable& table_of(std::uint32_t prefix) noexcept {
    return prefix < frontier_ ? lower_ : upper_;
  }
  void publish() noexcept;
  void resize(std::uint32_t buckets);
  bool move_below(std::uint32_t end) noexcept;
  std::size_t bytes_ahead(std::uint32_t buckets) const noexcept;

  /// Whether the entries, as they are spread, fit into a smaller table: keys that are erased in
  /// the order of a scan leave all others crowded at one end.
  struct Survey {
    std::uint32_t next = 0;     ///< the bucket to go on at
    std::uint32_t buckets = 0;  ///< of the smaller table
    std::uint64_t waiting = 0;  ///< entries for which there is no room before `next`
    std::uint64_t most_waiting = 0;
    std::size_t hopeless_above = ~std::size_t{0};  ///< entries: so many don't fit
  };

  IndexHint hint_;
  HashTable lower_;  ///< entries of prefix < frontier_; the new table of a resize
  HashTable upper_;  ///< the others; the only table but for resizes
  std::uint32_t frontier_ = 0;
  std::size_t size_ = 0;
  Survey survey_;
  bool stuck_ = false;
};

}  // namespace cocached::store
