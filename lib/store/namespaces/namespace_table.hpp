#pragma once

#include "store/namespaces/age_queue.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cocached::store {

/// The limit and the use of a namespace, in bytes of keys, values and record headers. All shards
/// share one Quota. Thread-safe.
struct Quota {
  std::atomic<std::uint64_t> limit = 0;  ///< bytes
  std::atomic<std::uint64_t> used = 0;   ///< bytes

  bool exceeded() const noexcept {
    return used.load(std::memory_order_relaxed) > limit.load(std::memory_order_relaxed);
  }
};

/// A snapshot of one namespace. Counters (C) grow until they are reset.
struct NamespaceStats {
  std::string name;
  bool defined = false;          ///< by an operator, and not only seen in keys
  bool complete = true;          ///< false while the items it had when it was defined are counted
  std::uint64_t generation = 0;  ///< how often it was flushed
  std::uint64_t quota = 0;       ///< bytes; 0: none
  std::uint64_t items = 0;       ///< expired ones included until they are found
  std::uint64_t bytes = 0;       ///< of their keys, values and headers
  std::uint64_t gets = 0, hits = 0, sets = 0, deletes = 0;  ///< C
  std::uint64_t evictions = 0;                              ///< C: for its quota, or for all
};

/// Returns the part of a key before its first delimiter, or an empty view if it has none.
inline std::string_view name_in(std::string_view key, char delimiter) noexcept {
  const auto end = key.find(delimiter);
  return end == std::string_view::npos ? std::string_view{} : key.substr(0, end);
}

/// A shard's share of a namespace.
struct NamespaceUsage {
  std::string name;
  bool defined = false;
  std::uint64_t generation = 0;
  std::uint64_t flushed_at = 0;  ///< epoch: records of earlier ones are no items any more
  std::uint64_t survey = 0;      ///< which survey counts the items it had when it was added
  std::uint64_t items = 0, bytes = 0;
  std::uint64_t gets = 0, hits = 0, sets = 0, deletes = 0, evictions = 0;
  std::shared_ptr<Quota> quota;
  std::unique_ptr<AgeQueue> by_age;  ///< where there is a quota
  std::size_t queue_charged = 0;     ///< bytes of it, as last seen

  void add(std::uint64_t size) noexcept;
  void subtract(std::uint64_t size) noexcept;
  void forget_items() noexcept;  ///< they are gone, all at once
  void reset_counters() noexcept { gets = hits = sets = deletes = evictions = 0; }
};

/// The namespaces that a shard knows: those that an operator defined, and, where all are tracked,
/// those seen in keys. A key's namespace is what stands before its first delimiter; a key without
/// one, or with nothing before it, has none.
///
/// Under the shard's lock, so that counting costs no lock of its own and threads share no counter.
class NamespaceTable {
 public:
  /// memcached's bound for prefixes, here of each shard; less where the bytes they may take are
  /// reached before. Past it operators are refused, and names seen are not tracked.
  static constexpr std::size_t kMaxNamespaces = 65536;

  /// Names, and the empty queues of quotas, take up to `max_bytes`.
  NamespaceTable(char delimiter, bool track_all, std::size_t max_bytes) noexcept
      : delimiter_(delimiter),
        max_bytes_(max_bytes),
        active_(track_all),
        tracks_all_(track_all),
        covers_all_(track_all) {}

  /// False: no key needs to be looked at.
  bool active() const noexcept { return active_; }
  bool has_quotas() const noexcept { return quotas_ != 0; }
  bool tracks_all() const noexcept { return tracks_all_; }
  std::size_t size() const noexcept { return by_name_.size(); }

  /// The name in a key; empty where there is none.
  std::string_view name_in(std::string_view key) const noexcept {
    return store::name_in(key, delimiter_);
  }

  NamespaceUsage* find(std::string_view name) noexcept;
  const NamespaceUsage* find(std::string_view name) const noexcept;

  /// The namespace of a key, if it is known.
  NamespaceUsage* of(std::string_view key) noexcept { return find(name_in(key)); }

  /// The same; where all are tracked, it becomes known.
  NamespaceUsage* track(std::string_view key) noexcept;

  /// Makes a namespace known as an operator's. Null when there are too many that are still needed;
  /// `oldest_epoch` is that of the oldest record: marks of earlier flushes are not.
  NamespaceUsage* define(std::string_view name, std::uint64_t oldest_epoch);

  /// Whether another can be added without dropping any.
  bool has_room_for(std::string_view name) const noexcept;

  /// Null: none. False when there is no room for it.
  bool set_quota(NamespaceUsage& space, std::shared_ptr<Quota> quota);
  void track_all(bool on) noexcept;

  void count_get(std::string_view key, bool hit) {
    if (NamespaceUsage* const space = counted(key)) ++space->gets, space->hits += hit;
  }
  void count_set(std::string_view key) {
    if (NamespaceUsage* const space = counted(key)) ++space->sets;
  }
  void count_delete(std::string_view key) {
    if (NamespaceUsage* const space = counted(key)) ++space->deletes;
  }

  /// A survey walks over all items once and counts those of namespaces that were added since the
  /// last one began. Up to where it has come, changes are counted as they happen.
  bool survey_wanted() const noexcept { return wanted_ > finished_; }
  void finish_survey() noexcept { ++finished_; }
  bool is_complete(const NamespaceUsage& space) const noexcept { return space.survey <= finished_; }
  bool is_next(const NamespaceUsage& space) const noexcept { return space.survey == finished_ + 1; }
  void set_surveying(bool on) noexcept { surveying_ = on; }

  /// The next namespace with a quota, round and round; null where none has one.
  NamespaceUsage* next_with_quota() noexcept;

  void forget_items() noexcept;    ///< of all
  void reset_counters() noexcept;  ///< of all

  /// Calls `visit(const NamespaceStats&)` for up to `count` namespaces from number `from` on; the
  /// next number, or 0 at the end.
  std::size_t list(std::size_t from, std::size_t count,
                   const std::function<void(NamespaceStats)>& visit) const;
  NamespaceStats stats(const NamespaceUsage& space) const;

  std::size_t bytes() const noexcept { return fixed_bytes() + queue_bytes_; }  ///< about

 private:
  std::size_t fixed_bytes() const noexcept;  // but for what grows with items

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const noexcept;
  };

  NamespaceUsage* counted(std::string_view key) noexcept {
    NamespaceUsage* const space = track(key);
    return space != nullptr && (space->defined || tracks_all_) ? space : nullptr;
  }
  NamespaceUsage& add(std::string_view name);
  NamespaceUsage* try_add(std::string_view name) noexcept;
  bool is_unneeded(const NamespaceUsage& space, std::uint64_t oldest_epoch) const noexcept;
  bool drop_unneeded(std::uint64_t oldest_epoch) noexcept;
  std::uint64_t next_survey() noexcept { return wanted_ = finished_ + (surveying_ ? 2 : 1); }

  const char delimiter_;
  const std::size_t max_bytes_;
  bool active_;
  bool tracks_all_;
  bool covers_all_;  // whatever has no entry has no items, but for those no survey has seen yet
  std::uint64_t covering_survey_ = 0;
  bool surveying_ = false;
  std::uint64_t finished_ = 0, wanted_ = 0;  // surveys
  std::size_t quotas_ = 0;
  std::size_t next_quota_ = 0;
  std::size_t name_bytes_ = 0;   // of their entries
  std::size_t queue_bytes_ = 0;  // of what is in queues
  // By number, with gaps, so that a list can be made in slices.
  std::vector<std::unique_ptr<NamespaceUsage>> spaces_;
  std::vector<std::size_t> free_;
  std::unordered_map<std::string_view, std::size_t, Hash, std::equal_to<>> by_name_;
};

}  // namespace cocached::store
