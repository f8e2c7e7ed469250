#pragma once

#include "protocol/watch_topics.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

namespace cocached::command {

struct Credentials;

/// The step that a session wants its connection to take next.
enum class StepKind : std::uint8_t {
  receive,         ///< receive into the input buffer
  receive_value,   ///< receive into the store's memory, then `value_arrived`
  flush,           ///< send the batch, then answer again
  take_turn,       ///< let other connections have a turn, then answer again
  hang_up,         ///< send the batch, then close
  admit,           ///< send the batch, ask the gatekeeper, `decide`, then answer again
  start_watching,  ///< send the batch, `watch`, then answer again
};

/// The same with what the step needs: one alternative for each step, in the same order.
struct MoreInput {
  bool of_value = false;  ///< the value of a storage command is on its way
};
struct MoreValue {
  std::span<char> into;
};
struct BatchFull {};
struct Yield {};
struct CloseConnection {};
struct Admission {
  const Credentials* who;
};
struct StartWatching {
  protocol::Topics topics;
};
using NextStep =
    std::variant<MoreInput, MoreValue, BatchFull, Yield, CloseConnection, Admission, StartWatching>;

inline StepKind kind_of(const NextStep& next) noexcept {
  return static_cast<StepKind>(next.index());
}
static_assert(std::variant_size_v<NextStep> ==
              static_cast<std::size_t>(StepKind::start_watching) + 1);

}  // namespace cocached::command
