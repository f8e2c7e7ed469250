#pragma once

#include "http/routes.hpp"

#include <chrono>
#include <cstddef>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>

namespace cocached::http {

/// What one client may cost.
struct Limits {
  std::size_t connections = 64;             ///< at once; more are answered with 503
  std::size_t header_bytes = 8192;          ///< of one request: its first line and its header
  std::chrono::milliseconds idle{60000};    ///< until the first byte of a request
  std::chrono::milliseconds header{10000};  ///< from then to the end of the header
  std::chrono::milliseconds write{30000};   ///< for one answer
  std::chrono::milliseconds linger{1000};   ///< for the client to take the last answer
};

/// What a session serves, and how; outlives it.
struct Site {
  Content content;
  Audience audience;
  Limits limits;
  std::string token;  ///< that clients must show; empty: none
};

/// Serves one connection, one request after another, until it ends. A client that leaves or is too
/// slow is no error.
boost::asio::awaitable<void> serve(boost::beast::tcp_stream& stream, const Site& site);

}  // namespace cocached::http
