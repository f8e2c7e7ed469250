#pragma once

#include "base/memory_ledger.hpp"
#include "http/open_connections.hpp"
#include "http/routes.hpp"
#include "http/turns.hpp"
#include "net/types.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace cocached::http {

/// The bounds of what clients may cost.
struct Limits {
  /// At once. One more takes the place of one that is not being answered, or that has not taken its
  /// answer for longer than `patience`; where there is no such one, it is refused with 503.
  std::size_t connections = 64;
  std::size_t header_bytes = 8192;           ///< of one request: its first line and its header
  std::chrono::milliseconds idle{60000};     ///< until the first byte of a request
  std::chrono::milliseconds header{10000};   ///< from then to the end of the header
  std::chrono::milliseconds write{30000};    ///< for one answer
  std::chrono::milliseconds patience{5000};  ///< for one answer, where others wait
  std::chrono::milliseconds linger{1000};    ///< for the client to take the last answer
};

/// The content that connections serve, and how they serve it. Outlives them.
struct Site {
  Content content;
  const OpenConnections& open;
  Turns& turns;  ///< of connections with costly requests
  Traffic& traffic;
  Audience audience;
  Limits limits;
  base::MemoryLedger& ledger;  ///< of the buffers for requests and answers
  std::string token;           ///< that clients must show; empty: none
};

/// Serves one connection, one request after another, until it ends. A client that leaves or is too
/// slow is no error.
net::Task<void> serve_http(std::unique_ptr<OpenConnection> connection, Site& site);

}  // namespace cocached::http
