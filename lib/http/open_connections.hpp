#pragma once

#include "net/types.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <boost/beast/core/basic_stream.hpp>

namespace cocached::http {

using Stream = boost::beast::basic_stream<net::tcp, net::IoExecutor>;
using HttpSocket = Stream::socket_type;

/// The progress of a connection. A connection in an earlier phase gives way before one in a later.
enum class Phase : std::uint8_t {
  kept_alive,  ///< its last request is answered, the next one has not begun
  receiving,   ///< its first request has not begun, or one has not come whole or waits for its turn
  closing,     ///< its last answer is sent, and the client may still read that
  answering,   ///< gives way only where its client does not read
  closed,      ///< by the server; its coroutine is about to end
};

class OpenConnections;

/// One client's connection. `open` lists it from its beginning to its end, and outlives it.
class OpenConnection {
 public:
  OpenConnection(HttpSocket socket, OpenConnections& open);
  ~OpenConnection();
  OpenConnection(const OpenConnection&) = delete;
  OpenConnection& operator=(const OpenConnection&) = delete;

  Stream& stream() noexcept { return stream_; }
  Phase phase() const noexcept { return phase_; }

  /// When the phase began.
  std::chrono::steady_clock::time_point since() const noexcept { return since_; }

  /// Begins `next`. A connection that is closed stays so.
  void enter(Phase next) noexcept;

  /// Ends every operation that waits.
  void close() noexcept;

 private:
  Stream stream_;
  Phase phase_ = Phase::receiving;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  OpenConnections& open_;
};

/// The connections of one endpoint. Not thread-safe: the endpoint's thread has them.
class OpenConnections {
 public:
  /// Returns the number of connections that are not closed.
  std::size_t count() const noexcept;

  /// The one that has to give way to a new one: of the first phase that any is in, the one that is
  /// in it for longest. An answer counts only if it takes longer than `patience`. Null if there is
  /// no such connection.
  OpenConnection* first_to_give_way(std::chrono::milliseconds patience) const noexcept;

  void close_all() noexcept;

 private:
  friend class OpenConnection;

  std::vector<OpenConnection*> all_;
};

/// Tells a client, as far as that goes without waiting, that there are too many.
void turn_away(HttpSocket& socket) noexcept;

}  // namespace cocached::http
