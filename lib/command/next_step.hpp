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
struct BatchFull {};        ///< send, then answer again
struct Yield {};            ///< let other connections have a turn, then answer again
struct CloseConnection {};  ///< send, then close
struct Admission {
  const Credentials* who;
};  ///< ask the gatekeeper, `decide`, then answer again
struct StartWatching {
  protocol::Topics topics;
};  ///< send, `watch`, then answer again
using NextStep =
    std::variant<MoreInput, MoreValue, BatchFull, Yield, CloseConnection, Admission, StartWatching>;

}  // namespace cocached::command
