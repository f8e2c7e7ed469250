#pragma once

#include "base/clock.hpp"
#include "command/counters.hpp"
#include "insight/latency.hpp"
#include "insight/reports.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cocached::command {

/// Names and values of statistics, in the order of the reply.
using StatList = std::vector<std::pair<std::string, std::string>>;

/// The fields of one connection or listener in `stats conns`.
struct ConnectionInfo {
  int descriptor = -1;
  std::string address;  ///< the peer's (`tcp:127.0.0.1:4242`, `unix:/path`), or a listener's
  std::string listen_address{};  ///< the address that the client connected to; empty for a listener
  std::string listener_tag{};    ///< the operator's name for the listener; empty if it has none
  std::string state;             ///< one of memcached's names, `conn_...`
  base::Duration since_last_command{};
};

/// The place where a list of connections goes on. A new cursor starts at the beginning.
struct ConnectionCursor {
  std::size_t place = 0;  ///< 0 for the listeners, then 1 for the first worker, and so on
  std::uint64_t next = 0;
  bool over = false;  ///< the list has ended
};

/// The questions that commands ask the server around them, and their orders to it. Thread-safe.
class ServerView {
 public:
  virtual ~ServerView() = default;

  virtual Totals totals() const = 0;                 ///< all workers, since the last reset
  virtual insight::Latencies latencies() const = 0;  ///< all workers, since the last reset
  virtual std::optional<insight::HotKeys> hot_keys()
      const = 0;  ///< nothing if they are not tracked
  virtual insight::MissRatioCurve miss_ratio_curve() const = 0;
  virtual void reset_totals() = 0;        ///< zeroes counters, not gauges
  virtual StatList general() const = 0;   ///< process and connection fields of `stats`
  virtual StatList limits() const = 0;    ///< accepting_conns ... conn_yields of `stats`
  virtual StatList settings() const = 0;  ///< `stats settings`
  /// Returns the next connections, about `count`. May return none before the list is over; only
  /// `cursor.over` tells the end.
  virtual std::vector<ConnectionInfo> connections(ConnectionCursor& cursor,
                                                  std::size_t count) const = 0;
  virtual void set_verbosity(unsigned level) = 0;
  virtual bool has_tls() const = 0;
  virtual StatList watching() const = 0;   ///< log_worker_dropped ... log_watchers of `stats`
  virtual StatList tls() const = 0;        ///< ssl_new_sessions ... of `stats`; empty without TLS
  virtual StatList snapshots() const = 0;  ///< snapshot_... of `stats`; empty without a file
  /// client_memory ... of `stats`: the memory that clients make the server hold
  virtual StatList client_memory() const { return {}; }
  /// Reads the TLS certificates again. Returns an empty string, or the reason of a failure.
  virtual std::string refresh_certificates() = 0;
  /// Stops the server as SIGUSR1 does if `graceful`, or else as SIGINT does. Returns at once.
  virtual void shut_down(bool graceful) = 0;
};

}  // namespace cocached::command
