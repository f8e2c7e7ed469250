#pragma once

#include "base/clock.hpp"
#include "command/counters.hpp"
#include "command/request_window.hpp"
#include "command/server_view.hpp"
#include "store/store.hpp"

namespace cocached::insight {
class KeyWatch;
class LatencyRecorder;
}  // namespace cocached::insight

namespace cocached::command {

class ManagedBuckets;
class Gatekeeper;
class Watchers;

/// The operator's permissions and limits, the same for all connections.
struct Policy {
  std::size_t max_value_size = std::size_t{1} << 20;  ///< bytes
  unsigned requests_per_event = 20;  ///< requests of one client in a row, see TurnBudget
  bool shutdown_allowed = false;
  bool flush_allowed = true;
  bool dump_allowed = true;
  bool watch_allowed = true;
  /// If false, the first unknown command closes the connection without a reply.
  bool answer_unknown = true;
  bool track_sizes = false;  ///< `stats sizes` may walk the store
};

/// The objects that all workers share. They outlive every connection.
struct SharedServices {
  store::Store& store;
  const base::Clock& clock;
  ServerView& server;
  const Policy& policy;
  Gatekeeper* gatekeeper = nullptr;   ///< null if clients need no login
  ManagedBuckets* buckets = nullptr;  ///< null unless the server is a managed instance
  Watchers* watchers = nullptr;       ///< null if no client can watch
};

/// The objects that commands work on: those that all workers share, and one worker's own.
struct Environment : SharedServices {
  Counters& counters;
  insight::LatencyRecorder& latency;
  insight::KeyWatch& keys;
  RequestWindow window{};  ///< scratch memory of the session that answers right now
};

}  // namespace cocached::command
