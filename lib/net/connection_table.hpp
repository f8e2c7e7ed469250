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

/// What a connection waits for; shown by `stats conns` under memcached's names.
enum class ConnectionState : std::uint8_t {
  parsing,
  reading,
  reading_rest,  ///< of a request that has begun
  reading_value,
  parked,
  writing,
  closing,
  watching  ///< shown what happens; may be silent, and slow to read, as long as it likes
};

/// Why a connection's wait was broken off.
enum class Interrupt : std::uint8_t {
  none,
  park,
  stop,
  idle_timeout,
  slow_request,
  slow_reply,
  slow_handshake,
  too_much_pinned,
  wake,  ///< there is something to show to one who watches
};

/// The counter of connections that the worker closes for this reason; none: it closes none.
std::optional<command::Count> count_of(Interrupt reason) noexcept;

/// True if a broken wait is the connection's end: the client has broken it (`none`), or the worker
/// closes the connection.
bool ends_connection(Interrupt reason) noexcept;

class ConnectionTable;

/// A connection's place in its worker's table, from accept to close; lives in the connection's
/// coroutine. Used by the worker's thread, but for `info`, which any thread may ask for.
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

  /// Bytes have come or gone.
  void moved(std::size_t n) noexcept { progress_.moved(n); }

  /// What breaks off the wait of this connection to wake it, on its own thread; may be called by
  /// any thread, also when the connection is gone.
  std::function<void()> waker(const IoExecutor& executor);

  /// Why the last wait was broken off; asked once after each failed wait.
  Interrupt take_interrupt() noexcept { return std::exchange(interrupt_, Interrupt::none); }

 private:
  friend class ConnectionTable;

  void log_change(ConnectionState state) const noexcept;
  command::ConnectionInfo info(base::TimePoint now) const;
  void interrupt(Interrupt reason);
  Interrupt judge(base::TimePoint now, const ClientLimits& limits) noexcept;

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

/// The connections of one worker. Changed by the worker's thread alone; listed by any.
class ConnectionTable {
 public:
  /// Breaks off the wait of every connection that has said nothing since `before`, so that it gives
  /// its buffers back; and of those silent since `timeout_before`, so that it closes.
  void interrupt_idle(base::TimePoint before, base::TimePoint timeout_before);

  /// Breaks off the wait of every connection that `limits` allow no longer, so that it closes. To
  /// be called about once a second. True: some have replies that are not read.
  bool interrupt_slow(base::TimePoint now, const ClientLimits& limits);

  /// ... and of those that have not read anything of their replies between the last two looks.
  void interrupt_stalled_replies();

  /// Breaks off every wait, so that each connection answers what has arrived and closes.
  void interrupt_all();

  /// Closes every socket under its connection.
  void close_all();

  /// Waits for `time`, or until everybody's waits are broken off. The table outlives the task.
  Task<void> pause(IoExecutor executor, std::chrono::milliseconds time);

  std::vector<command::ConnectionInfo> list(base::TimePoint now) const;

  /// Up to `count` of them, from number `next` on, which becomes that of the next, or 0 at the end.
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
