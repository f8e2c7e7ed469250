#pragma once

#include "net/types.hpp"

#include <utility>

#include <boost/asio/error.hpp>

namespace cocached::net {

/// Accepts clients until `clients.is_over()`; the one accept loop, of the cache and of HTTP.
///
/// `clients.next_host()` chooses the host of the next socket, which gives it an executor.
/// `clients.take(socket, host)` takes each accepted socket, also one that came just before the end.
/// `clients.wait_out_shortage(error)` waits when the system has no descriptors or memory for a
/// client (EMFILE, ENFILE, ENOMEM). A client that has left the queue already is skipped. All
/// objects outlive the task.
template <class AnyAcceptor, class Clients>
Task<void> accept_clients(AnyAcceptor& acceptor, Clients& clients) {
  using AnySocket = asio::basic_stream_socket<typename AnyAcceptor::protocol_type, IoExecutor>;
  while (!clients.is_over()) {
    auto& host = clients.next_host();
    AnySocket socket{host.executor()};
    const auto [error] = co_await acceptor.async_accept(socket, as_value);
    if (!error)
      co_await clients.take(std::move(socket), host);
    else if (error == asio::error::operation_aborted)
      break;
    else if (error != asio::error::connection_aborted && !clients.is_over())
      co_await clients.wait_out_shortage(error);
  }
}

}  // namespace cocached::net
