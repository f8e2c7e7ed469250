#pragma once

#include "net/conversation.hpp"
#include "net/limits/connection_limit.hpp"
#include "net/types.hpp"

namespace cocached::net {

/// Serves one client from accept to close, woken by `poller`, which outlives it. `slot` is its
/// share of the connection limit.
Task<void> serve(Socket socket, Poller& poller, ConnectionLimit::Share slot,
                 ConnectionContext context);

}  // namespace cocached::net
