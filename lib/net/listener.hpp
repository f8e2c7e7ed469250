#pragma once

#include "net/dispatcher.hpp"
#include "net/listener_options.hpp"
#include "net/types.hpp"
#include "net/unix_socket.hpp"

#include <optional>

namespace cocached::net {

/// The descriptor of a socket that listens already.
struct ListeningSocket {
  int descriptor;
};

/// One listening socket, on the io_context of the accepting thread. It outlives the clients that it
/// has accepted.
class Listener {
 public:
  /// Binds and listens. Throws boost::system::system_error.
  Listener(asio::io_context& context, const Endpoint& endpoint, int backlog,
           ListenerOptions options = {});

  /// The same on a Unix socket, whose file it removes when it closes. A stale one makes way. While
  /// this runs no other thread may create files.
  Listener(asio::io_context& context, const UnixSocket& place, int backlog,
           ListenerOptions options = {});

  /// Takes over a socket that listens already. Its queue is not this listener's alone: it stays
  /// when this closes, for others who have the socket.
  Listener(asio::io_context& context, ListeningSocket socket, ListenerOptions options = {});

  /// The address that it listens on, with the real port.
  Endpoint endpoint() const { return acceptor_.local_endpoint(); }
  int descriptor() { return acceptor_.native_handle(); }
  const ListenerOptions& options() const noexcept { return options_; }

  /// Accepts until `close`, then the clients that are in the queue by then. `dispatcher` outlives
  /// the task.
  Task<void> accept(Dispatcher& dispatcher);

  /// Ends `accept`, which then stops listening.
  void close();

 private:
  Listener(asio::io_context& context, int backlog, ListenerOptions options)
      : options_(std::move(options)), backlog_(backlog), acceptor_(context), timer_(context) {}

  class Acceptance;

  Task<void> wait_out_shortage(Dispatcher& dispatcher, error_code reason);
  Task<void> wait_for_room(Dispatcher& dispatcher);
  Task<void> sleep();
  bool is_short();
  bool hand_over(Socket socket, Worker& worker, Dispatcher& dispatcher) noexcept;
  void accept_queue(Dispatcher& dispatcher);

  const ListenerOptions options_;
  const int backlog_;  // 0: the queue is not its own
  bool closing_ = false;
  Acceptor acceptor_;
  std::optional<SocketFile> file_;  // of a Unix socket
  Timer timer_;
};

}  // namespace cocached::net
