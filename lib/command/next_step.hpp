#pragma once

#include "protocol/watch_topics.hpp"

#include <span>
#include <variant>

namespace cocached::command {

struct Credentials;

/// What a session wants its connection to do next, after sending what is in the batch.
struct MoreInput {};  ///< read into the input buffer
struct MoreValue {
  std::span<char> into;
};  ///< read into the store's memory, then `value_arrived`
struct BatchFull {};  ///< send, then answer again
struct Yield {};      ///< let other connections have a turn, then answer again
struct HangUp {};     ///< send, then close
struct Admission {
  const Credentials* who;
};  ///< ask the gatekeeper, `decide`, then answer again
struct Watch {
  protocol::Topics topics;
};  ///< send, `watch`, then answer again
using Need = std::variant<MoreInput, MoreValue, BatchFull, Yield, HangUp, Admission, Watch>;

}  // namespace cocached::command
