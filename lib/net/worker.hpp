#pragma once

#include "base/block_pool.hpp"
#include "base/memory_ledger.hpp"
#include "command/environment.hpp"
#include "insight/key_watch.hpp"
#include "insight/latency.hpp"
#include "net/client_timeouts.hpp"
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

/// The objects that all workers share: those of the commands, and two more. They outlive the
/// workers.
struct WorkerServices : command::SharedServices {
  insight::MissRatioSimulator& miss_ratio;
  base::MemoryLedger& ledger = base::MemoryLedger::unlimited();  ///< of the memory for clients
};

/// One thread, its io_context, and the connections that live on it.
class Worker {
 public:
  Worker(const WorkerServices& services, const ClientLimits& limits);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Serves datagrams that come to `socket`, which was made for `executor`. Before `start`.
  void add(UdpSocket socket, command::Protocols protocols);

  void start();

  /// Closes clients that are silent for `timeout`, from now on; 0: never. Any thread.
  void set_idle_timeout(std::chrono::seconds timeout) noexcept { timeouts_.set_idle(timeout); }
  std::chrono::seconds idle_timeout() const noexcept { return timeouts_.idle(); }

  /// The executor for sockets that this worker will serve.
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

  /// Returns about `count` connections, from number `next` on. `next` becomes the number of the
  /// next connection, or 0 at the end.
  std::vector<command::ConnectionInfo> connections(std::uint64_t& next, std::size_t count) const;
  std::size_t buffer_count() const noexcept { return buffers_.load(std::memory_order_relaxed); }

  /// The delay of the thread's last check of its clients.
  std::chrono::nanoseconds lag() const noexcept {
    return std::chrono::nanoseconds{lag_ns_.load(std::memory_order_relaxed)};
  }

 private:
  Task<void> check_clients();
  void begin_stop(std::chrono::milliseconds limit);
  void set_deadline(std::chrono::milliseconds limit) noexcept;
  void end();

  asio::io_context context_{1};  // one thread runs it
  asio::executor_work_guard<IoExecutor> work_;
  const base::Clock& clock_;
  command::Counters counters_;
  insight::LatencyRecorder latency_;
  insight::KeyWatch keys_;
  command::Environment environment_;
  base::BlockPool blocks_;
  std::atomic<std::size_t> buffers_{0};  // blocks in use, as of the last check
  std::atomic<std::int64_t> lag_ns_{0};
  ConnectionTable connections_;
  ClientTimeouts timeouts_;
  Poller poller_;
  std::list<UdpSocket> datagrams_;
  std::vector<command::ConnectionInfo> datagram_sockets_;  // as `stats conns` shows them
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
