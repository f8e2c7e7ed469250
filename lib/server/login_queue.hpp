#pragma once

#include "command/auth/gatekeeper.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace cocached::server {

/// An attempt to log in that waits for its password to be checked.
struct LoginAttempt {
  command::Credentials who;
  command::Gatekeeper::OnDecision verdict;
};

/// Queues of attempts, one for each origin, that are served in turns: the guesses of one origin
/// wait behind one another, and nobody else waits behind more than one of them.
class FairQueue {
 public:
  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }

  /// Throws std::bad_alloc; queue and attempt are as before then.
  void push(LoginAttempt&& attempt);

  /// The attempt that has waited longest of the origin whose turn it is. The queue is not empty.
  LoginAttempt pop() noexcept;

  /// The latest attempt of the origin that has most. The queue is not empty.
  LoginAttempt drop() noexcept;

 private:
  using Origin = std::uint64_t;

  std::unordered_map<Origin, std::deque<LoginAttempt>> queues_;  // none is empty
  std::list<Origin> turns_;  // each origin of queues_ once; a node moves without an allocation
  std::size_t size_ = 0;
};

/// In which order passwords are checked. A user who has come in lately from the same origin does
/// not wait behind strangers, however many origins these have: every second turn is for such users.
///
/// Not thread-safe.
class LoginQueue {
 public:
  /// So many attempts wait at most, and so many successes are remembered.
  static constexpr std::size_t kMostWaiting = 4096;
  static constexpr std::size_t kMostRemembered = 1024;

  /// Returns an attempt that has to be refused, where too many wait: the latest of the origin that
  /// has most of them. Throws std::bad_alloc; queue and attempt are as before then.
  std::optional<LoginAttempt> push(LoginAttempt&& attempt);

  /// The next one to check; none: nobody waits.
  std::optional<LoginAttempt> pop() noexcept;

  std::size_t size() const noexcept { return known_.size() + strangers_.size(); }

  /// The user has come in, or has not: a wrong password makes a stranger of him.
  void learn(const command::Credentials& who, bool admitted);

 private:
  using Identity = std::pair<std::uint64_t, std::string>;  // origin and user

  static Identity identity_of(const command::Credentials& who) { return {who.origin, who.user}; }

  FairQueue known_;
  FairQueue strangers_;
  bool turn_of_known_ = true;
  std::set<Identity> remembered_;
  std::deque<Identity> by_age_;  // the same ones, the first remembered first
};

}  // namespace cocached::server
