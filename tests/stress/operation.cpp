#include "stress/operation.hpp"

#include <array>

namespace cocached::stress {

std::string_view name_of(Action action) noexcept {
  constexpr std::array<std::string_view, 12> kNames{"get",     "gat",    "set",       "add",
                                                    "replace", "append", "prepend",   "cas",
                                                    "delete",  "touch",  "increment", "decrement"};
  return kNames[static_cast<std::size_t>(action)];
}

std::string_view name_of(Outcome outcome) noexcept {
  constexpr std::array<std::string_view, 9> kNames{"done",      "found",      "number",
                                                   "missing",   "not stored", "exists",
                                                   "too large", "no memory",  "unknown"};
  return kNames[static_cast<std::size_t>(outcome)];
}

}  // namespace cocached::stress
