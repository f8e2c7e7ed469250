#include "net/serve_socket.hpp"

#include "net/connection_loop.hpp"
#include "net/tls/tls_context.hpp"
#include "net/tls/tls_stream.hpp"

namespace cocached::net {

Task<void> serve_socket(Socket socket, Poller& poller, ConnectionLimit::Share slot,
                        ConnectionContext context) {
  const auto& listener = context.listener;
  prepare(socket);
  PolledSocket polled{std::move(socket), poller};
  if (listener.tls == TlsMode::off)
    return serve_connection(SocketStream{std::move(polled)}, std::move(slot), context);
  TlsStream stream{std::move(polled), listener.certificates->new_session(listener.tls),
                   context.blocks, context.environment.counters};
  return serve_connection(std::move(stream), std::move(slot), context);
}

}  // namespace cocached::net
