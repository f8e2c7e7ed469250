#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cocached::stress {

enum class Action : std::uint8_t {
  get,
  get_and_touch,
  set,
  add,
  replace,
  append,
  prepend,
  compare_and_set,
  remove,
  touch,
  increment,
  decrement,
};

constexpr bool is_storage(Action action) noexcept {
  return action >= Action::set && action <= Action::compare_and_set;
}

/// One request, in no dialect yet.
struct Operation {
  Action action = Action::get;
  std::string key;
  std::string value;          ///< of a storage command
  std::uint64_t version = 0;  ///< that the value was made of
  std::uint32_t flags = 0;
  std::int32_t ttl = 0;             ///< seconds; 0: never expires
  std::uint64_t number = 0;         ///< a delta, or the CAS number to compare with
  std::optional<std::size_t> slot;  ///< of the client's own keys; none: a key that all share
  bool binary_key = false;          ///< bytes that the classic text protocol cannot carry
  bool silent = false;              ///< classic text only: no reply is sent
};

/// Several gets in one request, or one operation of any kind.
using Group = std::vector<Operation>;

enum class Outcome : std::uint8_t {
  done,        ///< stored, deleted, touched
  found,       ///< with `value`
  number,      ///< with `number`
  missing,     ///< NOT_FOUND, a miss
  not_stored,  ///< NOT_STORED
  exists,      ///< EXISTS
  too_large,
  no_memory,
  unknown,  ///< it was silent
};

std::string_view name_of(Action action) noexcept;
std::string_view name_of(Outcome outcome) noexcept;

/// One reply. The value points into the stream's buffer.
struct Reply {
  Outcome outcome = Outcome::unknown;
  std::string_view value;
  std::uint32_t flags = 0;
  std::uint64_t number = 0;
  std::optional<std::uint64_t> cas;
};

}  // namespace cocached::stress
