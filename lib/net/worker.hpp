#pragma once

#include "base/block_pool.hpp"
#include "base/memory_ledger.hpp"
#include "command/environment.hpp"
#include "insight/key_watch.hpp"
#include "insight/latency.hpp"
#include "net/connection_table.hpp"
#include "net/serve_socket.hpp"
#include "net/stopping.hpp"
#include "net/task_group.hpp"
#include "net/types.hpp"
#include "net/udp/datagram_server.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <thread>

#include <boost/asio/steady_timer.hpp>

namespace cocached::net {

/// What all workers share. Everything outlives them.
struct Services {
  store::Store& store;
  const base::Clock& clock;
  command::ServerView& server;
  const command::Policy& policy;
  insight::MissRatioSimulator& miss_ratio;
  command::Gatekeeper* gatekeeper = nullptr;                     ///< none: everybody may come in
  command::ManagedBuckets* buckets = nullptr;                    ///< of a managed instance
  command::Watchers* watchers = nullptr;                         ///< none: nobody can watch
  base::MemoryLedger& ledger = base::MemoryLedger::unlimited();  ///< of what clients hold
};

/// One thread, its io_context, and the connections that live on it.
class Worker {
 public:
  Worker(const Services& services, const ClientLimits& limits);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Serves datagrams that come to `socket`, which was made for `executor`. Before `start`.
  void add(UdpSocket socket, command::Protocols protocols);

  void start();

  /// From now on; 0: never. Any thread.
  void set_idle_timeout(std::chrono::seconds timeout) noexcept { idle_timeout_ = timeout; }
  std::chrono::seconds idle_timeout() const noexcept { return idle_timeout_; }

  /// Where to accept sockets for this worker.
  IoExecutor executor() { return context_.get_executor(); }

  /// Serves a socket that was accepted for `executor`, as `listener` says, which outlives it. Any
  /// thread.
  void adopt(Socket socket, ConnectionLimit::Share slot, const ListenerOptions& listener);

  /// Answers what has arrived, then closes every connection, at the latest after `limit`. The
  /// thread calls `stopped` and ends then; `join` waits for it. Another call may only change the
  /// limit. Any thread.
  void stop(std::chrono::milliseconds limit, const std::function<void()>& stopped = {});
  void join();

  /// Any thread.
  const command::Counters& counters() const noexcept { return counters_; }
  const insight::LatencyRecorder& latency() const noexcept { return latency_; }
  const insight::KeyWatch& keys() const noexcept { return keys_; }
  std::vector<command::ConnectionInfo> connections() const;

  /// About `count` of them, from number `next` on, which becomes that of the next, or 0 at the end.
  std::vector<command::ConnectionInfo> connections(std::uint64_t& next, std::size_t count) const;
  std::size_t buffer_count() const noexcept { return buffers_.load(std::memory_order_relaxed); }

  /// How late the thread was for its last look after clients.
  std::chrono::nanoseconds lag() const noexcept {
    return std::chrono::nanoseconds{lag_ns_.load(std::memory_order_relaxed)};
  }

 private:
  Task<void> look_after_clients();
  void look_after_clients_once();
  void look_after_slow(base::TimePoint now);
  void log_refused_memory();
  void begin_stop(std::chrono::milliseconds limit);
  void set_deadline(std::chrono::milliseconds limit) noexcept;
  void end();

  asio::io_context context_{1};  // one thread runs it
  asio::executor_work_guard<IoExecutor> work_;
  const base::Clock& clock_;
  const ClientLimits limits_;
  std::atomic<std::chrono::seconds> idle_timeout_;
  command::Counters counters_;
  insight::LatencyRecorder latency_;
  insight::KeyWatch keys_;
  command::Environment environment_;
  base::BlockPool blocks_;
  std::atomic<std::size_t> buffers_{0};  // blocks in use, as of the last look
  std::uint64_t refused_memory_ = 0;     // connections, by then
  std::atomic<std::int64_t> lag_ns_{0};
  ConnectionTable connections_;
  Poller poller_;
  std::list<UdpSocket> datagrams_;
  std::vector<command::ConnectionInfo> datagram_sockets_;  // those, as `stats conns` shows them
  bool started_ = false;
  Stopping stopping_;
  bool stopped_ = false;
  std::function<void()> on_stopped_;
  Timer idle_timer_;
  Timer stop_timer_;
  TaskGroup tasks_;
  TaskGroup housekeeping_;
  std::thread thread_;
};

}  // namespace cocached::net
