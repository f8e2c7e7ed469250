#pragma once

#include "base/block_pool.hpp"
#include "command/environment.hpp"
#include "net/connection_limit.hpp"
#include "net/connection_table.hpp"
#include "net/types.hpp"

namespace cocached::net {

/// What a connection uses of its worker. Everything outlives the connection.
struct ConnectionContext {
  command::Environment& environment;
  base::BlockPool& blocks;
  ConnectionTable& connections;
  const bool& stopping;  ///< of the worker's own thread: answer what has arrived, then close
};

/// One client, from accept to close: answer, send, wait. Ends when the client leaves, hangs up on
/// itself, or the worker stops; never throws for what a client does.
Task<void> serve(Socket socket, tcp::endpoint peer, ConnectionLimit::Slot slot,
                 ConnectionContext context);

}  // namespace cocached::net
