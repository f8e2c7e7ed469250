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

/// Name and value, in the order in which they are shown.
using StatList = std::vector<std::pair<std::string, std::string>>;

/// One line group of `stats conns`.
struct ConnectionInfo {
  int descriptor = -1;
  std::string address;           ///< of the peer: `tcp:127.0.0.1:4242`, `unix:/path`
  std::string listen_address{};  ///< empty for a listener, whose address is its own
  std::string listener_tag{};    ///< as the operator named it; empty: not at all
  std::string state;             ///< memcached's names, with `conn_`
  base::Duration since_last_command{};
};

/// Where a list of connections goes on; a new one starts at the beginning.
struct ConnectionCursor {
  std::size_t place = 0;  ///< the listeners, then each worker
  std::uint64_t next = 0;
  bool over = false;
};

/// What commands may ask of, and do to, the server around them. Thread-safe.
class ServerView {
 public:
  virtual ~ServerView() = default;

  virtual Totals totals() const = 0;  ///< summed over the workers, less the last reset
  virtual insight::Latencies latencies() const = 0;              ///< summed likewise
  virtual std::optional<insight::HotKeys> hot_keys() const = 0;  ///< nothing: they are off
  virtual insight::MissRatioCurve miss_ratio_curve() const = 0;
  virtual void reset_totals() = 0;        ///< zeroes counters, not gauges
  virtual StatList general() const = 0;   ///< process and connection fields of `stats`
  virtual StatList limits() const = 0;    ///< accepting_conns ... conn_yields of `stats`
  virtual StatList settings() const = 0;  ///< `stats settings`
  /// The next of all connections, about `count`, which may be none before the list is over.
  virtual std::vector<ConnectionInfo> connections(ConnectionCursor& cursor,
                                                  std::size_t count) const = 0;
  virtual void set_verbosity(unsigned level) = 0;
  virtual bool has_tls() const = 0;
  virtual StatList watching() const = 0;   ///< log_worker_dropped ... log_watchers of `stats`
  virtual StatList tls() const = 0;        ///< ssl_new_sessions ... of `stats`; empty without TLS
  virtual StatList snapshots() const = 0;  ///< snapshot_... of `stats`; empty without a file
  /// client_memory ... of `stats`: what clients make the server hold
  virtual StatList client_memory() const { return {}; }
  virtual std::string refresh_certificates() = 0;  ///< reads them again; what failed, or empty
  virtual void shut_down(bool graceful) = 0;       ///< as if SIGINT, or SIGUSR1, had come
};

}  // namespace cocached::command
