#pragma once

#include "http/http_connection.hpp"
#include "net/accept_shortage.hpp"
#include "net/task_group.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace cocached::http {

/// The place to listen: an address, or a socket that listens already, which the endpoint takes
/// over.
struct ListenPlace {
  boost::asio::ip::tcp::endpoint address{};
  bool reuse_port = false;  ///< see net/reuse_port.hpp
  std::optional<int> listening_socket{};
};

/// The HTTP server: listens from its construction on, serves from `start` to `stop` on a thread of
/// its own, and keeps a history from then on. `source`, `clock` and `ledger` must outlive it; the
/// source is called on that thread.
class HttpEndpoint {
 public:
  /// Clients must show `token` unless it is empty. Throws boost::system::system_error if it cannot
  /// listen there.
  HttpEndpoint(const ListenPlace& place, const Source& source, const base::Clock& clock,
               std::string token = {}, const Limits& limits = {},
               const History::Options& history = {},
               base::MemoryLedger& ledger = base::MemoryLedger::unlimited());
  ~HttpEndpoint();
  HttpEndpoint(const HttpEndpoint&) = delete;
  HttpEndpoint& operator=(const HttpEndpoint&) = delete;

  boost::asio::ip::tcp::endpoint address() const;

  void start();

  /// Closes every connection and waits for the thread. Idempotent.
  void stop();

  // Called by net::accept_clients, on the endpoint's thread.
  bool is_over() const noexcept { return !acceptor_.is_open(); }
  HttpEndpoint& next_host() noexcept { return *this; }
  net::IoExecutor executor() { return io_.get_executor(); }
  net::Task<void> take(HttpSocket socket, HttpEndpoint& host);
  net::Task<void> wait_out_shortage(net::error_code reason);

 private:
  using HttpAcceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, net::IoExecutor>;

  net::Task<void> accept();
  net::Task<void> remember();
  bool make_room();
  void close_all();

  boost::asio::io_context io_{1};
  HttpAcceptor acceptor_;
  net::Timer retry_;
  net::Timer tick_;
  History history_;
  // Touched on the thread only.
  OpenConnections open_;
  Turns turns_;
  Traffic traffic_;
  Site site_;
  net::TaskGroup tasks_;
  net::AcceptShortage shortage_{"http: "};
  std::thread thread_;
};

}  // namespace cocached::http
