#pragma once

#include <cerrno>
#include <sys/socket.h>
#include <system_error>

namespace cocached::net {

/// Lets other sockets of this user listen at the same address, if they are shared too: new clients
/// are spread over all of them. Before binding. Throws std::system_error.
inline void share_port(int socket) {
  const int on = 1;
  if (::setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
    throw std::system_error{errno, std::generic_category(), "cannot share a port"};
}

}  // namespace cocached::net
