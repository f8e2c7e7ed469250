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

/// What the operator allows and limits; the same for all connections.
struct Policy {
  std::size_t max_value_size = std::size_t{1} << 20;  ///< bytes
  unsigned requests_per_event = 20;  ///< answered in a row before others have a turn
  bool shutdown_allowed = false;
  bool flush_allowed = true;
  bool dump_allowed = true;
  bool watch_allowed = true;
  /// False: the first request of no known command ends the input, and has no answer.
  bool answer_unknown = true;
  bool track_sizes = false;  ///< `stats sizes` may walk the store
};

/// Everything commands work on. One per worker thread; refers to what outlives every connection.
struct Environment {
  store::Store& store;
  const base::Clock& clock;
  Counters& counters;  ///< of this worker
  ServerView& server;
  const Policy& policy;
  insight::LatencyRecorder& latency;  ///< of this worker
  insight::KeyWatch& keys;            ///< of this worker
  Gatekeeper* gatekeeper = nullptr;   ///< none: everybody may come in
  ManagedBuckets* buckets = nullptr;  ///< of a managed instance
  Watchers* watchers = nullptr;       ///< none: nobody can watch
  RequestWindow window{};             ///< of whichever session answers right now
};

}  // namespace cocached::command
