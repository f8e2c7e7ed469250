#pragma once

#include "net/poll/watched_socket.hpp"
#include "net/types.hpp"

#include <memory>
#include <span>
#include <sys/epoll.h>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/intrusive/list.hpp>

namespace cocached::net {

/// Tells the sockets of one worker when they can be read or written: an epoll set, edge-triggered,
/// that is itself waited for through Asio. Used by the thread that runs `executor`.
///
/// Asio's own reactor tries every read before it waits. In a conversation that try is wasted: who
/// has just been answered has not asked again, so that each request would cost one more system
/// call, which the kernel refuses. Here a read that came short is taken for the end of what is
/// there, as epoll(7) allows, and its socket is left alone until there is an event. PolledSocket
/// knows the short reads that are not the end.
class Poller {
 public:
  /// Throws boost::system::system_error where the system has no descriptor left.
  explicit Poller(const IoExecutor& executor);
  /// Forgets every watch, and destroys whoever waits: whose coroutine goes with it.
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  /// Wakes waiters as events come, until `stop`. Throws where it cannot go on; it may be called
  /// again then.
  Task<void> run();
  void stop() noexcept;

  IoExecutor executor() { return set_.get_executor(); }

  /// `watch` must be removed before its descriptor is closed.
  error_code add(WatchedSocket& watch) noexcept;
  void remove(WatchedSocket& watch) noexcept;
  /// From now on its events tell of room to write as well, and of the room that is there now.
  void want_writable(WatchedSocket& watch) noexcept { arm(watch, true); }
  /// Finishes the waiter later, not from within; `aborted` as in Waiter::finish.
  void finish_soon(WatchedSocket& watch, error_code aborted) noexcept;

 private:
  class Posted;
  struct Drain;
  using Set = boost::intrusive::list<
      WatchedSocket,
      boost::intrusive::member_hook<WatchedSocket, WatchedSocket::Hook, &WatchedSocket::in_set>,
      boost::intrusive::constant_time_size<false>>;
  using ReadySockets = boost::intrusive::list<
      WatchedSocket,
      boost::intrusive::member_hook<WatchedSocket, WatchedSocket::Hook, &WatchedSocket::in_ready>,
      boost::intrusive::constant_time_size<false>>;

  void hand_out();
  void handle(WatchedSocket& watch, std::uint32_t events) noexcept;
  void finish_ready() noexcept;
  void arm(WatchedSocket& watch, bool writable) noexcept;
  void change(int operation, WatchedSocket& watch, std::uint32_t events,
              error_code& error) noexcept;

  asio::posix::basic_stream_descriptor<IoExecutor> set_;
  bool stopped_ = false;
  std::span<epoll_event> batch_;  // what is left of the events that are being handed out
  Set watches_;
  ReadySockets ready_;  // whose waiters are finished soon
  std::shared_ptr<Posted> posted_;
};

}  // namespace cocached::net
