#pragma once

#include "net/connection_limit.hpp"
#include "net/conversation.hpp"
#include "net/types.hpp"

namespace cocached::net {

/// Serves one client from accept to close. `slot` is its share of the connection limit.
Task<void> serve(Socket socket, ConnectionLimit::Slot slot, ConnectionContext context);

}  // namespace cocached::net
