#pragma once

#include "net/types.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <sys/epoll.h>
#include <utility>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/recycling_allocator.hpp>

namespace cocached::net {

/// An operation that waits until its socket can be read or written.
class Waiter {
 public:
  virtual ~Waiter() = default;

  // One comes and goes with every wait: the thread keeps the memory for the next.
  static void* operator new(std::size_t size) { return Memory{}.allocate(size); }
  static void operator delete(void* waiter, std::size_t size) noexcept {
    Memory{}.deallocate(static_cast<std::byte*>(waiter), size);
  }

  /// Tries the operation. False: it waits on.
  virtual bool attempt() = 0;

  /// Tells whoever waits what came of it: of the last attempt, or `aborted` if that is set. Frees
  /// the waiter before.
  static void finish(std::unique_ptr<Waiter> waiter, error_code aborted) {
    auto& self = *waiter;
    self.complete(std::move(waiter), aborted);
  }

 private:
  /// `self` is this.
  virtual void complete(std::unique_ptr<Waiter> self, error_code aborted) = 0;

  using Memory = asio::recycling_allocator<std::byte>;
};

/// One descriptor in a poller's set, what is known of it, and who waits for it: a conversation
/// reads or writes, never both. Stays where it is: the kernel is told its address.
struct Watch {
  int descriptor = -1;
  bool readable = false;  // a read may find something
  bool writable = false;  // a write may find room
  bool hung_up = false;   // no more events: only reads find the end
  bool wants_writable = false;
  std::unique_ptr<Waiter> waiter;
};

/// Tells the sockets of one worker when they can be read or written: an epoll set, edge-triggered,
/// that is itself waited for through Asio. Used by the thread that runs `executor`.
///
/// Asio's own reactor tries every read before it waits. In a conversation that try is wasted: who
/// has just been answered has not asked again, so that each request would cost one more system
/// call, which the kernel refuses. Here a read that came short is taken for the end of what is
/// there, as epoll(7) allows, and its socket is left alone until there is an event.
class Poller {
 public:
  /// Throws boost::system::system_error where the system has no descriptor left.
  explicit Poller(const Executor& executor);

  /// Wakes waiters as events come, until `stop`.
  Task<void> run();
  void stop() noexcept;

  Executor executor() { return set_.get_executor(); }

  /// `watch` must be removed before its descriptor is closed.
  error_code add(Watch& watch) noexcept;
  void remove(Watch& watch) noexcept;
  /// From now on its events tell of room to write as well, and of the room that is there now.
  void want_writable(Watch& watch) noexcept;

 private:
  void hand_out();
  static void wake(Watch& watch);
  void change(int operation, Watch& watch, std::uint32_t events, error_code& error) noexcept;

  asio::posix::basic_stream_descriptor<Executor> set_;
  bool stopped_ = false;
  std::span<epoll_event> batch_;  // what is left of the events that are being handed out
};

}  // namespace cocached::net
