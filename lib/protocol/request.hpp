#pragma once

#include "protocol/watch_topics.hpp"
#include "protocol/wire_format.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <string_view>
#include <type_traits>
#include <variant>

/// What a client can ask, as small structs; every dialect is parsed into the same ones. Views point
/// into the client's input. Expiry times are as the client gave them: 0 never, 1..2592000 seconds
/// from now, above that Unix seconds, below 0 at once.
namespace cocached::protocol {

using ExpiryTime = std::int64_t;

/// `get`, `gets`, `gat`, `gats`, `bget`: any number of keys.
struct Get {
  std::string_view keys;   ///< separated by spaces; at least one
  std::string_view first;  ///< of the keys
  bool with_cas = false;
  std::optional<ExpiryTime> touch;
};

/// One key, with all that `mg` can ask of it; also the binary get and get-and-touch.
struct Lookup {
  WireFormat form;
  std::string_view key;
  bool with_value = false;
  bool with_key = false;                    ///< binary getk
  bool bump = true;                         ///< count as an access
  std::optional<std::uint64_t> unless_cas;  ///< no value if the item has this CAS
  std::optional<ExpiryTime> touch;          ///< new expiry time on a hit
  std::optional<ExpiryTime> vivify;         ///< create on a miss
  std::optional<std::uint64_t> new_cas;     ///< of the created item
  std::optional<ExpiryTime> recache_below;  ///< seconds left, under which one client wins
};

enum class StoreMode : std::uint8_t { set, add, replace, append, prepend };

/// `set`, `add`, `replace`, `append`, `prepend`, `cas`, `ms`. `length` bytes and a line end follow;
/// no line end in binary.
struct Storage {
  WireFormat form;
  StoreMode mode = StoreMode::set;
  std::string_view key;
  std::uint32_t client_flags = 0;
  ExpiryTime expiry = 0;
  std::size_t length = 0;  ///< of the value, in bytes
  std::optional<std::uint64_t> compare_cas;
  std::optional<std::uint64_t> new_cas;
  std::optional<ExpiryTime> vivify;  ///< append and prepend: create on a miss
  bool store_stale = false;          ///< an older CAS stores a stale item
  std::string_view data;             ///< what followed, where all of it has arrived
};

struct Remove {
  WireFormat form;
  std::string_view key;
  std::optional<std::uint64_t> compare_cas;
  std::optional<std::uint64_t> new_cas;
  std::optional<ExpiryTime> expiry;  ///< of the item that stays
  std::uint32_t client_flags = 0;    ///< of the item that stays, without its value
  bool mark_stale = false;           ///< keep it, stale
  bool clear_value = false;          ///< keep it, without its value
};

/// `incr`, `decr`, `ma`.
struct Arithmetic {
  WireFormat form;
  bool increment = true;
  std::string_view key;
  std::uint64_t delta = 1;
  std::uint64_t initial = 0;
  std::optional<ExpiryTime> vivify;  ///< create with `initial` on a miss
  std::optional<ExpiryTime> touch;
  std::optional<std::uint64_t> compare_cas;
  std::optional<std::uint64_t> new_cas;
  bool with_value = true;
};

/// `touch`, in text and binary.
struct Touch {
  WireFormat form;
  std::string_view key;
  ExpiryTime expiry = 0;
};

/// `me`: what is known of an item, for people.
struct Debug {
  WireFormat form;
  std::string_view key;
};

struct Flush {
  WireFormat form;
  std::optional<ExpiryTime> delay = 0;  ///< seconds, or Unix time; none: not a number
};

struct Verbosity {
  std::uint32_t level = 0;
  bool quiet = false;
};

struct MemoryLimit {
  std::uint32_t mebibytes = 0;
  bool quiet = false;
};

/// `refresh_certs`
struct RefreshCertificates {};

/// `stats <arguments>`
struct Stats {
  WireFormat form;
  std::string_view arguments;
};

/// `lru_crawler metadump`, `lru_crawler mgdump`: a line for every item.
struct Dump {
  enum class Format : std::uint8_t { metadump, mgdump };
  enum class Classes : std::uint8_t { with_items, without_items, unknown };
  Format format = Format::metadump;
  Classes classes = Classes::with_items;  ///< slab classes asked for; all items are in class 1
};

/// `ns flush <name>`, `ns quota <name> <bytes>`, `ns stats [<name>]`: the keys up to a delimiter.
struct Namespace {
  enum class Action : std::uint8_t { flush, quota, stats };
  Action action = Action::stats;
  std::string_view name;    ///< stats: empty for all
  std::uint64_t bytes = 0;  ///< of the quota; 0: none
  bool quiet = false;
};

/// `own`, `disown`, `bg` of memcached 1.2: a bucket, and a generation of it.
struct Bucket {
  enum class Action : std::uint8_t { own, disown, claim };
  Action action = Action::claim;
  std::optional<std::int64_t> number;  ///< none: not understood
  std::int64_t generation = 0;
};

/// `watch`: from now on the client is shown what happens, and says nothing any more.
struct Watch {
  Topics topics = 0;  ///< none: something else was asked for
};

struct Shutdown {
  enum class Mode : std::uint8_t { at_once, graceful, unknown };
  Mode mode = Mode::at_once;
};

struct Version {
  WireFormat form;
};
struct Noop {
  WireFormat form;
};
struct Quit {
  WireFormat form;
};

/// Binary alone: SASL. `list` asks for the mechanisms; the others carry data, which follows.
struct Sasl {
  enum class Step : std::uint8_t { list, start, go_on };
  WireFormat form;
  Step step = Step::list;
  std::string_view mechanism;
};

/// Leave without a word: HTTP sent by mistake, or by a browser that was tricked into it.
struct HangUp {};

/// A text request that is answered by its line alone: refused by the parser, or accepted without
/// effect.
struct Fixed {
  std::string_view reply;  ///< without the line end
  bool quiet = false;
  std::size_t swallow = 0;  ///< bytes of a value that follows and is not wanted
  bool unknown = false;     ///< the line starts with no command that there is
};

/// A binary request that the parser refuses.
struct Refused {
  WireFormat form;
  std::uint16_t status = 0;
  bool hang_up = false;  ///< nothing is known of what follows
  bool unknown = false;  ///< it is no request, or of no operation that there is
};

using Request =
    std::variant<Get, Lookup, Storage, Remove, Arithmetic, Touch, Debug, Flush, Verbosity,
                 MemoryLimit, RefreshCertificates, Stats, Dump, Namespace, Bucket, Watch, Shutdown,
                 Version, Noop, Quit, Sasl, HangUp, Fixed, Refused>;

/// Requests are large, and a copy waits for the narrow writes of its making (a load that spans
/// several stores stalls): what is parsed at full load is built in place with `std::in_place_type`,
/// and by whoever keeps it, with `parse_into`.
template <class Place, std::invocable Parse>
void parse_into(Place& place, Parse&& parse) {
  static_assert(std::is_trivially_destructible_v<Place>);
  ::new (static_cast<void*>(&place)) Place(parse());
}

/// The request that a client's input starts with.
struct Parsed {
  Request request;
  std::size_t size = 0;     ///< bytes, without a value that follows
  std::size_t swallow = 0;  ///< bytes that follow and are not wanted

  bool arrived() const noexcept { return size > 0; }  ///< or else it says nothing yet
};

}  // namespace cocached::protocol
