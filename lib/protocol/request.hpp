#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

/// What a client can ask, as small structs that say nothing of how it was written. Views point into
/// the client's input. Expiry times are as the client gave them: 0 never, 1..2592000 seconds from
/// now, above that Unix seconds, below 0 at once.
namespace cocached::protocol {

using ExpiryTime = std::int64_t;

/// `get`, `gets`, `gat`, `gats`, `bget`: any number of keys.
struct Get {
  std::string_view keys;  ///< separated by spaces; at least one
  bool with_cas = false;
  std::optional<ExpiryTime> touch;
};

enum class StoreMode : std::uint8_t { set, add, replace, append, prepend };

/// `set`, `add`, `replace`, `append`, `prepend`, `cas`. `length` bytes and a line end follow.
struct Store {
  StoreMode mode = StoreMode::set;
  std::string_view key;
  std::uint32_t client_flags = 0;
  ExpiryTime expiry = 0;
  std::size_t length = 0;                    ///< of the value, in bytes
  std::optional<std::uint64_t> compare_cas;  ///< `cas`
  bool quiet = false;                        ///< `noreply`
  std::string_view data;                     ///< what followed, where all of it has arrived
};

struct Remove {
  std::string_view key;
  bool quiet = false;
};

/// `incr` and `decr`.
struct Arithmetic {
  bool increment = true;
  std::string_view key;
  std::uint64_t delta = 1;
  bool quiet = false;
};

struct Touch {
  std::string_view key;
  ExpiryTime expiry = 0;
  bool quiet = false;
};

struct Flush {
  std::optional<ExpiryTime> delay = 0;  ///< seconds, or Unix time; none: not a number
  bool quiet = false;
};

struct Verbosity {
  std::uint32_t level = 0;
  bool quiet = false;
};

struct MemoryLimit {
  std::uint32_t mebibytes = 0;
  bool quiet = false;
};

/// `stats <arguments>`
struct Stats {
  std::string_view arguments;
};

struct Shutdown {
  enum class Mode : std::uint8_t { at_once, graceful, unknown };
  Mode mode = Mode::at_once;
};

struct Version {};
struct Noop {};
struct Quit {};

/// Leave without a word: HTTP sent by mistake, or by a browser that was tricked into it.
struct HangUp {};

/// A request that is answered by its text alone: refused by the parser, or accepted without effect.
struct Fixed {
  std::string_view reply;  ///< without the line end
  bool quiet = false;
  std::size_t swallow = 0;  ///< bytes of a value that follows and is not wanted
};

using Request = std::variant<Get, Store, Remove, Arithmetic, Touch, Flush, Verbosity, MemoryLimit,
                             Stats, Shutdown, Version, Noop, Quit, HangUp, Fixed>;

}  // namespace cocached::protocol
