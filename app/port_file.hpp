#pragma once

#include "server/server.hpp"

namespace cocached::app {

/// Where the environment variable MEMCACHED_PORT_FILENAME names a file: writes the ports there, one
/// `TCP INET: 12345`, `TCP INET6: 12345` or the same with `UDP` a line, all at once by renaming a
/// `.lck` file. Throws std::system_error.
void write_port_file(const server::Server& server);

}  // namespace cocached::app
