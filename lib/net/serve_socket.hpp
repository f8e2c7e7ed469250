#pragma once

#include "net/connection.hpp"
#include "net/limits/connection_limit.hpp"
#include "net/types.hpp"

namespace cocached::net {

/// Serves the client of an accepted socket until the connection closes, over TLS where the listener
/// says so. `poller` wakes it, and outlives it. `slot` is its share of the connection limit.
Task<void> serve_socket(Socket socket, Poller& poller, ConnectionLimit::Share slot,
                        ConnectionContext context);

}  // namespace cocached::net
