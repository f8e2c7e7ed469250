#pragma once

#include "base/thread_annotations.hpp"
#include "command/auth/gatekeeper.hpp"
#include "command/auth/users.hpp"
#include "server/login_queue.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/thread_pool.hpp>

namespace cocached::server {

/// Lets in the users of an auth file. Passwords are checked on threads of its own, for one that is
/// hashed takes tens of milliseconds and, with yescrypt, 16 MiB of memory for as long. Attempts
/// wait in the order of a LoginQueue, so that the guesses of one client hold nobody else's login
/// up.
class PasswordGate final : public command::Gatekeeper {
 public:
  /// Reads the file. Throws std::runtime_error with a text for the user. It starts no threads, so
  /// that the process may still fork; `start` does.
  explicit PasswordGate(const std::string& path);
  ~PasswordGate() override;

  void start();

  /// Reads the file again; where it cannot be used it throws the same, and the users stay.
  void reload();

  /// An attempt that there is no memory for is refused.
  void ask(command::Credentials who, OnDecision verdict) override;

  /// From now on everybody is refused, those in the queue too: nobody waits for a password to be
  /// hashed when the server stops.
  void close() noexcept { closed_.store(true, std::memory_order_relaxed); }

 private:
  using SharedUsers = std::shared_ptr<const command::Users>;

  bool admits(const command::Credentials& who) const noexcept;
  void learn(const command::Credentials& who, bool admitted) noexcept;
  void check_next() noexcept;
  SharedUsers users() const;

  const std::string path_;  // absolute
  mutable base::Mutex mutex_;
  SharedUsers users_ COCACHED_GUARDED_BY(mutex_);
  base::Mutex queue_mutex_;
  LoginQueue queue_ COCACHED_GUARDED_BY(queue_mutex_);
  std::size_t calls_ COCACHED_GUARDED_BY(queue_mutex_) =
      0;  // of check_next; at least one an attempt
  std::atomic<bool> closed_{false};
  std::optional<boost::asio::thread_pool> threads_;
};

}  // namespace cocached::server
