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

/// The requests of clients, one small struct each. The dialects share a struct where their commands
/// agree. Views point into the client's input.
namespace cocached::protocol {

/// An expiry time as the client wrote it: 0 means never, 1..2592000 (30 days) means seconds from
/// now, a larger number means Unix seconds, and a negative one means "expired already".
/// command/execute/expiry_time.hpp turns it into a deadline.
using ExpiryTime = std::int64_t;

/// `get`, `gets`, `gat`, `gats`, `bget`: a list of keys.
struct Get {
  std::string_view keys;            ///< at least one key; spaces separate the keys
  std::string_view first;           ///< the first of the keys
  bool with_cas = false;            ///< the reply tells each item's CAS number
  std::optional<ExpiryTime> touch;  ///< the new expiry time of each item
};

/// A lookup of one key: `mg`, and the binary get and get-and-touch.
struct Lookup {
  WireFormat form;
  std::string_view key;
  bool with_value = false;
  bool with_key = false;                    ///< the reply tells the key (binary getk)
  bool bump = true;                         ///< the lookup counts as an access
  std::optional<std::uint64_t> unless_cas;  ///< the reply omits the value of an item with this CAS
  std::optional<ExpiryTime> touch;          ///< the new expiry time of a found item
  std::optional<ExpiryTime> vivify;         ///< a miss creates an item with this expiry time
  std::optional<std::uint64_t> new_cas;     ///< the CAS number of a created or touched item
  std::optional<ExpiryTime>
      recache_below;  ///< with fewer seconds left, one client refills the item
};

enum class StoreMode : std::uint8_t { set, add, replace, append, prepend };

/// `set`, `add`, `replace`, `append`, `prepend`, `cas`, `ms`. A value of `length` bytes follows,
/// and then a line end, except in binary.
struct Storage {
  WireFormat form;
  StoreMode mode = StoreMode::set;
  std::string_view key;
  std::uint32_t client_flags = 0;
  ExpiryTime expiry = 0;
  std::size_t length = 0;                    ///< bytes of the value
  std::optional<std::uint64_t> compare_cas;  ///< store only over an item with this CAS number
  std::optional<std::uint64_t> new_cas;      ///< the CAS number of the stored item
  std::optional<ExpiryTime> vivify;          ///< append and prepend: a miss creates the item
  bool store_stale = false;                  ///< a `compare_cas` older than the item's stores stale
  std::string_view data;  ///< value and line end, once both have arrived; the session fills it in
};

/// `delete`, `md`. With `mark_stale` or `clear_value` the item stays.
struct Remove {
  WireFormat form;
  std::string_view key;
  std::optional<std::uint64_t> compare_cas;  ///< remove only an item with this CAS number
  std::optional<std::uint64_t> new_cas;      ///< the CAS number of an item that stays
  std::optional<ExpiryTime> expiry;          ///< the expiry time of an item that stays
  std::uint32_t client_flags = 0;            ///< the flags of an item whose value is cleared
  bool mark_stale = false;                   ///< the item stays and is marked stale
  bool clear_value = false;                  ///< the item stays without its value
};

/// `incr`, `decr`, `ma`.
struct Arithmetic {
  WireFormat form;
  bool increment = true;
  std::string_view key;
  std::uint64_t delta = 1;
  std::uint64_t initial = 0;
  std::optional<ExpiryTime> vivify;          ///< a miss creates the item with the value `initial`
  std::optional<ExpiryTime> touch;           ///< the new expiry time of a found item
  std::optional<std::uint64_t> compare_cas;  ///< change only an item with this CAS number
  std::optional<std::uint64_t> new_cas;      ///< the CAS number of the changed item
  bool with_value = true;                    ///< the reply tells the number
};

/// `touch`, in text and binary.
struct Touch {
  WireFormat form;
  std::string_view key;
  ExpiryTime expiry = 0;
};

/// `me`: describes an item for people.
struct Debug {
  WireFormat form;
  std::string_view key;
};

/// `flush_all`: invalidates all items, now or at `delay`.
struct Flush {
  WireFormat form;
  std::optional<ExpiryTime> delay = 0;  ///< seconds, or Unix time; none if it was not a number
};

/// `verbosity <level>`: sets the level of the log.
struct Verbosity {
  std::uint32_t level = 0;
  bool quiet = false;
};

/// `cache_memlimit <mebibytes>`: sets the store's memory limit.
struct MemoryLimit {
  std::uint32_t mebibytes = 0;
  bool quiet = false;
};

/// `refresh_certs`: reads the TLS certificates from their files again.
struct RefreshCertificates {};

/// `stats <arguments>`
struct Stats {
  WireFormat form;
  std::string_view arguments;
};

/// `lru_crawler metadump`, `lru_crawler mgdump`: lists all items, one line each.
struct Dump {
  enum class Format : std::uint8_t { metadump, mgdump };
  enum class Classes : std::uint8_t { with_items, without_items, unknown };
  Format format = Format::metadump;
  Classes classes = Classes::with_items;  ///< the requested slab classes; class 1 holds all items
};

/// `ns flush <name>`, `ns quota <name> <bytes>`, `ns stats [<name>]`. A namespace holds the keys
/// that start with its name and the delimiter.
struct Namespace {
  enum class Action : std::uint8_t { flush, quota, stats };
  Action action = Action::stats;
  std::string_view name;    ///< stats: empty for all namespaces
  std::uint64_t bytes = 0;  ///< the quota; 0 removes it
  bool quiet = false;
};

/// `own`, `disown`, `bg` of memcached 1.2, with a bucket and a generation of it.
struct Bucket {
  enum class Action : std::uint8_t { own, disown, claim };
  Action action = Action::claim;
  std::optional<std::int64_t> number;  ///< none if the line was malformed
  std::int64_t generation = 0;
};

/// `watch`: the server shows the client events of these topics, and reads no more requests from it.
struct Watch {
  Topics topics = 0;  ///< 0 if the line named an unknown topic
};

/// `shutdown`: stops the server.
struct Shutdown {
  enum class Mode : std::uint8_t { at_once, graceful, unknown };
  Mode mode = Mode::at_once;
  bool quiet = false;  ///< hides a refusal; memcached takes `shutdown noreply` for a wrong mode
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

/// SASL, only in binary. `list` asks for the mechanisms; data follows the other two steps.
struct Sasl {
  enum class Step : std::uint8_t { list, start, go_on };
  WireFormat form;
  Step step = Step::list;
  std::string_view mechanism;
};

/// A request of HTTP: the server closes the connection without a reply. A program sent it to the
/// wrong port, or a web page tricked a browser into sending it.
struct HangUp {};

/// A text request whose reply the parser knows already: the parser refuses the request, or accepts
/// it without effect.
struct Fixed {
  std::string_view reply;  ///< without the line end
  bool quiet = false;
  std::size_t swallow = 0;  ///< bytes of a following value that the session drops
  bool unknown = false;     ///< the line starts with no known command
};

/// A binary request that the parser refuses.
struct Refused {
  WireFormat form;
  std::uint16_t status = 0;  ///< a number of binary_format.hpp
  bool hang_up = false;      ///< the start of the next message cannot be found
  bool unknown = false;      ///< the message is no request, or its opcode is unknown
};

using Request =
    std::variant<Get, Lookup, Storage, Remove, Arithmetic, Touch, Debug, Flush, Verbosity,
                 MemoryLimit, RefreshCertificates, Stats, Dump, Namespace, Bucket, Watch, Shutdown,
                 Version, Noop, Quit, Sasl, HangUp, Fixed, Refused>;

/// Builds the result of `parse` in `place`, without a copy.
///
/// Requests are large, and a copy right after the making stalls the processor: wide loads wait for
/// several narrow stores. So the parsers of frequent requests build them with `std::in_place_type`,
/// and the code that keeps a request calls parse_into().
template <class Place, std::invocable Parse>
void parse_into(Place& place, Parse&& parse) {
  static_assert(std::is_trivially_destructible_v<Place>);
  ::new (static_cast<void*>(&place)) Place(parse());
}

/// The request at the start of a client's input.
struct Parsed {
  Request request;
  std::size_t size = 0;     ///< bytes of the request, without a value that follows
  std::size_t swallow = 0;  ///< bytes behind the request that the session drops

  /// Returns false if the input ends within the request; `request` has no meaning then.
  bool arrived() const noexcept { return size > 0; }
};

}  // namespace cocached::protocol
