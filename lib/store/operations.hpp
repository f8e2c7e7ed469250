#pragma once

#include "store/item.hpp"

#include <cstdint>
#include <optional>

/// The operations of a store: what is asked, and what came of it. The rules are those of memcached
/// 1.6 (its doc/protocol.txt); meta commands' stale, win and vivify are part of the store, since
/// they must happen under the item's lock.
namespace cocached::store {

// ---- read ----

struct ReadOptions {
  std::optional<TimePoint> touch = std::nullopt;  ///< on a hit, the item's new deadline
  std::optional<TimePoint> vivify =
      std::nullopt;  ///< on a miss, create an empty item with this deadline
  std::optional<Duration> recache_below =
      std::nullopt;  ///< grant a win when less than this is left to live
  std::optional<std::uint64_t> new_cas =
      std::nullopt;    ///< of a vivified item, instead of the next number, and of a touched one
  bool bump = true;    ///< count the access: eviction counter, fetched, last access
  bool claim = false;  ///< take part in recaching: a stale item is won by the first that claims it
  bool tally = false;  ///< count it as a get of its namespace
};

enum class ReadResult : std::uint8_t { hit, not_found, expired, flushed };

/// Tells a reader whether to fetch a stale, vivified or soon expiring item anew.
enum class Recache : std::uint8_t {
  none,
  won,   ///< this reader (`W`)
  sent,  ///< another reader was told earlier (`Z`)
};

// ---- write ----

enum class WriteMode : std::uint8_t { set, add, replace, append, prepend };

struct WriteOptions {
  WriteMode mode = WriteMode::set;
  std::uint32_t client_flags = 0;  ///< append and prepend keep the old ones
  TimePoint deadline = kNever;     ///< append and prepend keep the old one
  std::optional<std::uint64_t> compare_cas = std::nullopt;  ///< write only if the item has this CAS
  std::optional<std::uint64_t> new_cas = std::nullopt;      ///< instead of the next unique number
  std::optional<TimePoint> vivify = std::nullopt;  ///< append and prepend: create on a miss
  bool store_stale = false;  ///< with an older compare_cas: store, and mark the item stale
  bool binary_key = false;
  bool tally = false;  ///< count it as a set of its namespace
};

enum class WriteResult : std::uint8_t {
  stored,
  not_stored,  ///< add on a hit; replace, append, prepend on a miss
  exists,      ///< compare_cas differs
  not_found,   ///< compare_cas given, and no such item
  too_large,   ///< the value (after append: the whole value) is over max_value_size, or the item
               ///< over its namespace's quota
  no_memory,   ///< nothing is evictable, or eviction is off
  over_quota,  ///< of the key's namespace, and eviction is off
};

struct WriteReceipt {
  WriteResult result = WriteResult::stored;
  bool over_quota_elsewhere = false;  ///< other shards must evict of the key's namespace
  std::uint64_t cas = 0;              ///< of the stored item; 0 on failure
  std::size_t size = 0;               ///< of the stored value in bytes
};

// ---- remove ----

struct RemoveOptions {
  std::optional<std::uint64_t> compare_cas = std::nullopt;
  std::optional<std::uint64_t> new_cas = std::nullopt;
  bool mark_stale = false;         ///< keep the item, stale, with a new CAS (`I`)
  bool clear_value = false;        ///< keep the item with an empty value (`x`); keeps its TTL
  std::uint32_t client_flags = 0;  ///< of the emptied item
  std::optional<TimePoint> deadline = std::nullopt;  ///< the kept item's new deadline
  bool tally = false;                                ///< count it as a delete of its namespace
};

enum class RemoveResult : std::uint8_t { removed, not_found, exists, no_memory };

// ---- arithmetic ----

enum class Direction : std::uint8_t { increment, decrement };

struct ArithmeticOptions {
  Direction direction = Direction::increment;
  std::uint64_t delta = 1;
  std::optional<std::uint64_t> compare_cas = std::nullopt;
  std::optional<std::uint64_t> new_cas = std::nullopt;
  std::optional<TimePoint> touch = std::nullopt;   ///< the item's new deadline
  std::optional<TimePoint> vivify = std::nullopt;  ///< on a miss, create the item with `initial`
  std::uint64_t initial = 0;
  bool binary_key = false;
};

enum class ArithmeticResult : std::uint8_t {
  done,
  created,
  not_found,
  exists,
  not_a_number,  ///< the value is not a decimal unsigned 64-bit number
  no_memory,
};

/// Increment wraps modulo 2^64; decrement stops at 0. The number is stored without padding.
struct ArithmeticReceipt {
  ArithmeticResult result = ArithmeticResult::done;
  std::uint64_t number = 0;
  std::uint64_t cas = 0;
  TimePoint deadline = kNever;
};

}  // namespace cocached::store
