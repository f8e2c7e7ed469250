#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/thread_annotations.hpp"
#include "command/server_view.hpp"
#include "net/limits/client_limits.hpp"
#include "net/limits/transfer_rate.hpp"
#include "net/listener_options.hpp"
#include "net/stream.hpp"

#include <atomic>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cocached::net {

/// The thing that a connection does or waits for. `stats conns` shows memcached's names of it.
enum class ConnectionState : std::uint8_t {
  parsing,
  reading,
  reading_rest,  ///< of a request that has begun
  reading_value,
  parked,
  writing,
  closing,
  watching  ///< a watcher, which may be silent, and slow to read, for any time
};

/// The reason for which the worker breaks off a connection's wait.
enum class Interrupt : std::uint8_t {
  none,
  park,
  stop,
  idle_timeout,
  slow_request,
  slow_reply,
  slow_handshake,
  too_much_pinned,
  wake,  ///< a watcher has new lines to send
};

/// The counter of connections that the worker closes for this reason; none: it closes none.
std::optional<command::Count> count_of(Interrupt reason) noexcept;

/// True if a broken wait is the connection's end: the client has broken it (`none`), or the worker
/// closes the connection.
bool ends_connection(Interrupt reason) noexcept;

class ConnectionTable;

/// The part of a connection that its worker sees, from accept to close: its state, its progress,
/// and the means to interrupt it. Lives in the connection's coroutine. Used by the worker's thread;
/// any thread may call `info`.
class ConnectionEntry {
 public:
  /// `wire` and `listener` must outlive the entry, and the wire stay open as long.
  ConnectionEntry(ConnectionTable& table, Wire& wire, const ListenerOptions& listener,
                  base::TimePoint now);
  ~ConnectionEntry();
  ConnectionEntry(const ConnectionEntry&) = delete;
  ConnectionEntry& operator=(const ConnectionEntry&) = delete;

  void set_state(ConnectionState state) noexcept {
    if (base::log_enabled(base::LogLevel::trace)) log_change(state);
    state_.store(state, std::memory_order_relaxed);
  }
  void command_seen(base::TimePoint now) noexcept {
    last_command_.store(now, std::memory_order_relaxed);
  }

  /// Adds bytes that have come or gone.
  void add_moved(std::size_t n) noexcept { progress_.add_moved(n); }

  /// Returns a function that breaks off the wait of this connection, on the connection's thread.
  /// Any thread may call the function, also after the connection is gone.
  std::function<void()> waker(const IoExecutor& executor);

  /// Returns and forgets the reason for which the last wait was broken off.
  Interrupt take_interrupt() noexcept { return std::exchange(interrupt_, Interrupt::none); }

 private:
  friend class ConnectionTable;

  void log_change(ConnectionState state) const noexcept;
  command::ConnectionInfo info(base::TimePoint now) const;
  void interrupt(Interrupt reason);
  Interrupt reason_to_interrupt(base::TimePoint now, const ClientLimits& limits) noexcept;

  ConnectionTable& table_;
  Wire& wire_;
  const ListenerOptions& listener_;
  const int descriptor_;
  std::atomic<ConnectionState> state_{ConnectionState::parsing};
  std::atomic<base::TimePoint> last_command_;
  TransferRate progress_;
  Interrupt interrupt_ = Interrupt::none;
  std::map<std::uint64_t, ConnectionEntry*>::iterator place_;
  std::shared_ptr<ConnectionEntry*> to_wake_;  // null inside when this is gone
};

/// The connections of one worker. Only the worker's thread changes it; any thread may list it.
class ConnectionTable {
 public:
  /// Interrupts every connection that is silent since `before`, so that it gives its buffers back,
  /// and every connection that is silent since `timeout_before`, so that it closes.
  void interrupt_idle(base::TimePoint before, base::TimePoint timeout_before);

  /// Interrupts every connection that is slower than `limits` allow, so that it closes. To be
  /// called about once a second. Returns true if some connection has unread replies.
  bool interrupt_slow(base::TimePoint now, const ClientLimits& limits);

  /// Interrupts the connections whose clients have read nothing between the last two such calls, so
  /// that they close.
  void interrupt_stalled_replies();

  /// Interrupts every connection, so that it answers what has arrived and closes.
  void interrupt_all();

  /// Closes every socket under its connection.
  void close_all();

  /// Waits for `time`, or until all connections are interrupted or closed. The table outlives the
  /// task.
  Task<void> pause(IoExecutor executor, std::chrono::milliseconds time);

  std::vector<command::ConnectionInfo> list(base::TimePoint now) const;

  /// Lists up to `count` connections, from number `next` on. `next` becomes the number of the next
  /// connection, or 0 at the end.
  std::vector<command::ConnectionInfo> list(base::TimePoint now, std::uint64_t& next,
                                            std::size_t count) const;

 private:
  friend class ConnectionEntry;

  void end_pauses() noexcept;

  mutable base::Mutex mutex_;
  std::uint64_t last_number_ COCACHED_GUARDED_BY(mutex_) = 0;
  // By number, in the order in which they came: a list goes on at a number without a walk.
  std::map<std::uint64_t, ConnectionEntry*> entries_ COCACHED_GUARDED_BY(mutex_);
  std::list<Timer*> pauses_;  // the worker's thread's alone
};

}  // namespace cocached::net
