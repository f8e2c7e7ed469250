#include "net/connection.hpp"

#include "net/tls_context.hpp"
#include "net/tls_stream.hpp"

namespace cocached::net {

Task<void> serve(Socket socket, ConnectionLimit::Slot slot, ConnectionContext context) {
  const auto& listener = context.listener;
  if (listener.tls == TlsMode::off)
    return converse(SocketStream{std::move(socket)}, std::move(slot), context);
  TlsStream stream{std::move(socket), listener.certificates->new_session(listener.tls),
                   context.blocks, context.environment.counters};
  return converse(std::move(stream), std::move(slot), context);
}

}  // namespace cocached::net
