#pragma once

#include "command/counters.hpp"
#include "net/limits/connection_limit.hpp"
#include "net/listener_options.hpp"
#include "net/unix_socket.hpp"
#include "net/worker.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

namespace cocached::net {

/// Hands new connections to the workers in turn, up to a limit. The accepting thread's; the
/// figures may be asked for by any thread.
class Dispatcher {
 public:
  /// `refuse_at_once`: over the limit a client is told so and closed; else it waits in the listen
  /// queue. `max_per_address` of 0: as many as they like.
  Dispatcher(std::vector<std::unique_ptr<Worker>>& workers, unsigned max_connections,
             bool refuse_at_once, unsigned max_per_address = 0)
      : workers_(workers),
        addresses_(max_per_address),
        limit_(max_connections),
        refuse_at_once_(refuse_at_once) {}

  /// The worker whose turn it is.
  Worker& next() noexcept { return *workers_[turn_++ % workers_.size()]; }

  ConnectionLimit& limit() noexcept { return limit_; }
  const ConnectionLimit& limit() const noexcept { return limit_; }
  bool refuses_at_once() const noexcept { return refuse_at_once_; }

  /// The client's share of the limits; nothing where it is turned away, for then it has been told.
  std::optional<ConnectionLimit::Share> admit(Socket& socket);

  /// Accepting pauses for want of descriptors or memory, or of room below the limit.
  void pause_began(bool shortage) noexcept;
  void pause_ended(std::chrono::microseconds time) noexcept;

  const command::Counters& counters() const noexcept { return counters_; }
  bool accepting() const noexcept { return accepting_.load(std::memory_order_relaxed); }
  std::uint64_t pauses() const noexcept { return pauses_.load(std::memory_order_relaxed); }
  std::uint64_t paused_microseconds() const noexcept {
    return paused_us_.load(std::memory_order_relaxed);
  }

 private:
  std::optional<AddressLimit::Share> share_of(const Socket& socket);
  std::optional<ConnectionLimit::Share> refuse(Socket& socket, command::Count reason);

  std::vector<std::unique_ptr<Worker>>& workers_;
  AddressLimit addresses_;
  ConnectionLimit limit_;
  const bool refuse_at_once_;
  std::size_t turn_ = 0;
  command::Counters counters_;
  std::atomic<bool> accepting_{true};
  std::atomic<std::uint64_t> pauses_{0};
  std::atomic<std::uint64_t> paused_us_{0};
};

/// The descriptor of a socket that listens already.
struct ListeningSocket {
  int descriptor;
};

/// One listening socket. Lives on the accepting thread's io_context, and as long as the clients
/// that came in by it.
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

  /// Where it listens, with the real port.
  Endpoint endpoint() const { return acceptor_.local_endpoint(); }
  int descriptor() { return acceptor_.native_handle(); }
  const ListenerOptions& options() const noexcept { return options_; }

  /// Accepts until `close`, then those who are in the queue by then; `dispatcher` outlives the
  /// task.
  Task<void> accept(Dispatcher& dispatcher);

  /// Ends `accept`, which stops listening then.
  void close();

 private:
  Listener(asio::io_context& context, int backlog, ListenerOptions options)
      : options_(std::move(options)), backlog_(backlog), acceptor_(context), timer_(context) {}

  Task<void> outlast_shortage(Dispatcher& dispatcher, error_code reason);
  Task<void> wait_for_room(Dispatcher& dispatcher);
  Task<void> sleep();
  bool is_short();
  static bool waits_for_room(const Dispatcher& dispatcher) noexcept;
  bool accepted(Worker& worker, Socket socket, Dispatcher& dispatcher) noexcept;
  void accept_queue(Dispatcher& dispatcher);

  const ListenerOptions options_;
  const int backlog_;  // 0: the queue is not its own
  bool closing_ = false;
  Acceptor acceptor_;
  std::optional<SocketFile> file_;  // of a Unix socket
  Timer timer_;
};

}  // namespace cocached::net
