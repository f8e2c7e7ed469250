#pragma once

#include "net/types.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include <boost/intrusive/link_mode.hpp>
#include <boost/intrusive/list_hook.hpp>

namespace cocached::net {

class Poller;

/// An operation that waits until its socket can be read or written.
class Waiter {
 public:
  virtual ~Waiter() = default;

  /// Tries the operation. Returns false if the operation must wait on.
  virtual bool attempt() noexcept = 0;

  /// Destroys this, then calls the handler with the result of the last attempt, or with `aborted`
  /// if that is set.
  virtual void finish(error_code aborted) = 0;
};

enum class IoDirection : std::uint8_t { read, write, none };

/// One descriptor in a poller's set, what is known of it, and who waits for it: a connection
/// reads or writes, never both. Stays where it is: the kernel is told its address.
///
/// A waiter lives in the watch itself. So waiting for a socket allocates nothing, and cannot fail
/// for want of memory.
class WatchedSocket {
 public:
  WatchedSocket() = default;
  ~WatchedSocket() { reset(); }
  WatchedSocket(const WatchedSocket&) = delete;
  WatchedSocket& operator=(const WatchedSocket&) = delete;

  /// Only while no operation waits.
  template <class Operation, class... Arguments>
  void emplace(Arguments&&... arguments) {
    static_assert(sizeof(Operation) <= kWaiterBytes);
    static_assert(alignof(Operation) <= alignof(std::max_align_t));
    waiter = ::new (memory_.data()) Operation(std::forward<Arguments>(arguments)...);
  }
  void reset() noexcept {
    if (waiter != nullptr) std::destroy_at(std::exchange(waiter, nullptr));
  }

  /// Returns false if a try would cost a system call in vain. A try on a closed socket gives an
  /// error.
  bool may_try(IoDirection wanted) const noexcept {
    if (descriptor < 0 || wanted == IoDirection::none) return true;
    return wanted == IoDirection::read ? readable : writable;
  }
  bool waits_to_write() const noexcept {
    return waiter != nullptr && direction == IoDirection::write;
  }

  using Hook = boost::intrusive::list_member_hook<
      boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

  int descriptor = -1;
  bool readable = false;                      // a read may find something
  bool writable = false;                      // a write may find room
  bool hung_up = false;                       // no more events: only reads find the end
  bool urgent = false;                        // a read may stop at urgent data
  bool is_local = false;                      // a Unix socket: a read may stop behind descriptors
  bool wants_writable = false;                // the kernel tells of room to write
  IoDirection direction = IoDirection::none;  // of the waiter
  Poller* poller = nullptr;                   // null: it is gone
  Waiter* waiter = nullptr;
  error_code aborted;  // of a waiter that is finished soon
  Hook in_set;
  Hook in_ready;

 private:
  static constexpr std::size_t kWaiterBytes = 144;

  alignas(std::max_align_t) std::array<std::byte, kWaiterBytes> memory_;
};

}  // namespace cocached::net
