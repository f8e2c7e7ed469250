#pragma once

#include "server/server.hpp"

#include <span>

namespace cocached::app {

/// Where the environment variable MEMCACHED_PORT_FILENAME names a file: writes the ports there, one
/// `TCP INET: 12345` or `TCP INET6: 12345` a line, all at once by renaming a `.lck` file. Throws
/// std::system_error.
void write_port_file(std::span<const server::Endpoint> endpoints);

}  // namespace cocached::app
