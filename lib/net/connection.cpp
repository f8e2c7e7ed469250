#include "net/connection.hpp"

namespace cocached::net {

Task<void> serve(Socket socket, ConnectionLimit::Slot slot, ConnectionContext context) {
  return converse(SocketStream{std::move(socket)}, std::move(slot), context);
}

}  // namespace cocached::net
