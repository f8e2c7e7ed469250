// An index that grows and shrinks a few buckets at a time.
//
// Data structures: two hash tables. `upper_` is the only one, except during a resize: then `lower_`
// is the new table and `frontier_` the first prefix that has not moved.
//
// Invariant: entries of prefixes below `frontier_` are looked up in `lower_`, all others in
// `upper_`.
// Invariant: outside a resize `lower_` has no buckets and `frontier_` is 0.
// Invariant: a step moves all entries of its prefixes or none.
//
// The shard's lock guards all of it except `hint_`, whose atomics any thread may read.

#include "store/index/key_index.hpp"

#include <algorithm>
#include <utility>

namespace cocached::store {
namespace {

// An index grows when it is fuller than kMaxLoad and shrinks when it is emptier than kMinLoad, to
// kLoadAfterShrinking; growing leaves it at 0.8.
constexpr std::size_t kMaxLoad = 90, kLoadAfterShrinking = 80, kMinLoad = 70;  // per cent

// A table of n buckets is left behind after n / 4 inserts, before the new one, with room for at
// least n / 2 more entries (an eighth of n buckets at 0.9), is full.
constexpr std::size_t kBucketsPerInsert = 4;

constexpr std::size_t entries_at(std::size_t load, std::uint32_t buckets) noexcept {
  return std::size_t{buckets} * kBucketSlots * load / 100;
}

constexpr std::uint32_t grown(std::uint32_t buckets) noexcept {
  return std::min(buckets + buckets / 8, HashTable::kMaxBuckets);
}

// A survey tells apart what is in neighbouring stretches, and looks at some of them in a step.
constexpr std::uint32_t kStretch = 16, kSurveyed = 512;  // buckets

// So many entries may wait for the room of later stretches. Of uniform hashes at the load after
// shrinking one place in e^30 has more; the least table has room for a third more.
constexpr std::size_t kMostWaiting = 84;

// After a survey that found no room to shrink, so much of the entries must go before the next.
constexpr std::size_t kHopeShare = 16;  // 1 / 16

// At least half: however empty it is, the new table must not be full before the old one is left.
std::uint32_t shrunk(std::uint32_t buckets, std::size_t entries) noexcept {
  const std::size_t wanted = entries * 100 / (kLoadAfterShrinking * kBucketSlots) + 1;
  return static_cast<std::uint32_t>(
      std::clamp<std::size_t>(wanted, std::max(HashTable::kMinBuckets, buckets / 2), buckets));
}

}  // namespace

void IndexHint::prefetch(std::uint64_t hash) const noexcept {
  const std::uint32_t prefix = prefix_of(hash);
  const bool in_lower = prefix < frontier_.load(std::memory_order_relaxed);
  const IndexBucket* const data = (in_lower ? lower_ : upper_).load(std::memory_order_relaxed);
  const std::uint64_t buckets =
      (in_lower ? lower_buckets_ : upper_buckets_).load(std::memory_order_relaxed);
  const IndexBucket* const home = data + (prefix * buckets >> kPrefixBits);
  __builtin_prefetch(home);  // and the next: every fourth entry is there
  __builtin_prefetch(home + 1);
}

KeyIndex::KeyIndex() : upper_(HashTable::kMinBuckets) {
  publish();
}

void KeyIndex::publish() noexcept {
  hint_.lower_.store(lower_.data(), std::memory_order_relaxed);
  hint_.lower_buckets_.store(lower_.buckets(), std::memory_order_relaxed);
  hint_.upper_.store(upper_.data(), std::memory_order_relaxed);
  hint_.upper_buckets_.store(upper_.buckets(), std::memory_order_relaxed);
  hint_.frontier_.store(frontier_, std::memory_order_relaxed);
}

bool KeyIndex::insert(std::uint64_t hash, Place place, unsigned access_count) noexcept {
  if (resizing()) step(kBucketsPerInsert);
  const std::uint32_t prefix = prefix_of(hash);
  if (!table_of(prefix).insert(prefix, slot_word::make(place, access_count))) return false;
  ++size_;
  return true;
}

void KeyIndex::erase(Slot slot) noexcept {
  (resizing() && lower_.owns(slot) ? lower_ : upper_).erase(slot);
  --size_;
}

std::size_t KeyIndex::capacity() const noexcept {
  return std::size_t{(resizing() ? lower_ : upper_).buckets()} * kBucketSlots;
}

std::size_t KeyIndex::bytes() const noexcept {
  return upper_.bytes() + (resizing() ? lower_.bytes_below(frontier_) : 0);
}

bool KeyIndex::wants_growth() const noexcept {
  return !resizing() && size_ > entries_at(kMaxLoad, upper_.buckets()) &&
         upper_.buckets() < HashTable::kMaxBuckets;
}

bool KeyIndex::wants_shrinkage() const noexcept {
  return !resizing() && size_ < entries_at(kMinLoad, upper_.buckets()) &&
         upper_.buckets() > HashTable::kMinBuckets && size_ < survey_.hopeless_above;
}

// Counts the entries stretch by stretch. Entries that do not fit into their stretch of the smaller
// table wait for the room of the next stretch.
bool KeyIndex::survey() noexcept {
  if (survey_.next == 0) survey_.buckets = shrunk(upper_.buckets(), size_);
  const std::uint32_t end = std::min(survey_.next + kSurveyed, upper_.buckets());
  while (survey_.next < end) {
    const std::uint32_t next = std::min(survey_.next + kStretch, end);
    const auto place = [&](std::uint32_t bucket) {  // in the new table, in slots
      return std::uint64_t{bucket} * survey_.buckets * kBucketSlots / upper_.buckets();
    };
    upper_.for_each(upper_.first_prefix(survey_.next), upper_.first_prefix(next),
                    [&](std::uint32_t, std::uint64_t) { return ++survey_.waiting != 0; });
    survey_.waiting -= std::min(survey_.waiting, place(next) - place(survey_.next));
    survey_.most_waiting = std::max(survey_.most_waiting, survey_.waiting);
    survey_.next = next;
  }
  return end != upper_.buckets();
}

// While entries move, the new table's pages run ahead of what the old one has released: by the
// grain of release, a page, and the buckets past home. (A shrinkage is this much ahead at first, a
// growth at last.)
std::size_t KeyIndex::bytes_ahead(std::uint32_t buckets) const noexcept {
  const std::size_t past_home = Mapping::round_to_pages(64 * sizeof(IndexBucket));
  return std::min(HashTable::bytes_of(buckets),
                  upper_.release_grain() + HashTable::page_of(buckets) + past_home);
}

std::size_t KeyIndex::growth_bytes() const noexcept {
  const std::uint32_t buckets = grown(upper_.buckets());
  const std::size_t more = HashTable::bytes_of(buckets) - upper_.bytes();
  return std::min(HashTable::bytes_of(buckets), more + bytes_ahead(buckets));
}

std::size_t KeyIndex::shrinkage_bytes() const noexcept {
  return bytes_ahead(shrunk(upper_.buckets(), size_));
}

void KeyIndex::grow() {
  resize(grown(upper_.buckets()));
}
void KeyIndex::shrink() {
  const Survey done = std::exchange(survey_, {});
  if (done.most_waiting > kMostWaiting) {
    survey_.hopeless_above = size_ - size_ / kHopeShare;
  } else {
    resize(done.next != 0 ? done.buckets : shrunk(upper_.buckets(), size_));
  }
}

void KeyIndex::resize(std::uint32_t buckets) {
  if (resizing() || buckets == upper_.buckets()) return;
  lower_ = HashTable(buckets);
  frontier_ = 0;
  stuck_ = false;
  survey_ = {};
  publish();
}

bool KeyIndex::step(std::size_t buckets) noexcept {
  if (!resizing()) return false;
  const std::size_t next =
      std::min<std::size_t>(upper_.home(frontier_) + buckets, upper_.buckets());
  const std::uint32_t end = upper_.first_prefix(static_cast<std::uint32_t>(next));
  stuck_ = !move_below(end);
  if (stuck_) return true;
  frontier_ = end;
  if (end == kPrefixEnd) {
    upper_ = std::exchange(lower_, {});
    frontier_ = 0;
  } else {
    upper_.release_before(static_cast<std::uint32_t>(next));
  }
  publish();
  return resizing();
}

// Copies the entries of prefixes [frontier_, end) to the lower table. False, and nothing changed,
// if the lower table is too crowded. The copies left in the upper table are never read again, since
// their prefixes are below the frontier; they take room there until the table goes.
bool KeyIndex::move_below(std::uint32_t end) noexcept {
  std::size_t copied = 0;
  bool complete = true;
  HashTable::Appender appender(lower_, frontier_);
  upper_.for_each(frontier_, end, [&](std::uint32_t prefix, std::uint64_t word) {
    complete = appender.insert(prefix, word);
    copied += complete;
    return complete;
  });
  if (complete) return true;
  upper_.for_each(frontier_, end, [&](std::uint32_t prefix, std::uint64_t word) {
    if (copied == 0) return false;
    const auto same = [word](Place place) { return place == slot_word::place(word); };
    lower_.erase(lower_.find(prefix, same));
    --copied;
    return true;
  });
  return false;
}

}  // namespace cocached::store
