#pragma once

#include "http/session.hpp"

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

namespace cocached::http {

/// Where to listen: at an address, or on a socket that listens already, which is taken over.
struct Place {
  boost::asio::ip::tcp::endpoint address{};
  bool reuse_port = false;  ///< see net/shared_port.hpp
  std::optional<int> listening_socket{};
};

/// The HTTP server: listens from its construction on, serves from `start` to `stop` on a thread of
/// its own, and keeps a history from then on. `source` and `clock` must outlive it; the source is
/// called on that thread.
class Endpoint {
 public:
  /// Clients must show `token` unless it is empty. Throws boost::system::system_error if it cannot
  /// listen there.
  Endpoint(const Place& place, const Source& source, const base::Clock& clock,
           std::string token = {}, const Limits& limits = {}, const History::Options& history = {});
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  boost::asio::ip::tcp::endpoint address() const;

  void start();

  /// Closes every connection and waits for the thread. Idempotent.
  void stop();

 private:
  using Stream = boost::beast::tcp_stream;

  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> pause();
  boost::asio::awaitable<void> remember();
  void take(boost::asio::ip::tcp::socket socket);
  void close_all();

  boost::asio::io_context io_{1};
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  boost::asio::steady_timer tick_;
  History history_;
  Site site_;
  std::list<Stream> streams_;  // of the open sessions; touched on the thread only
  std::thread thread_;
};

}  // namespace cocached::http
