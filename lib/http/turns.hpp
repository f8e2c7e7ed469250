#pragma once

#include "net/types.hpp"

#include <deque>

namespace cocached::http {

/// Queues costly answers: one at a time, first come, first served. Between two of them every other
/// handler that is ready runs. So a client with a cheap request waits for one costly answer at
/// most.
///
/// Used by one thread. Outlives the tasks that wait for it.
class Turns {
 public:
  explicit Turns(const net::IoExecutor& executor) : executor_(executor) {}
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  /// Returns when it is the caller's turn, which lasts until the caller waits for something.
  net::Task<void> next();

 private:
  class Turn;

  void end_soon();
  void pass_on() noexcept;

  net::IoExecutor executor_;
  bool taken_ = false;
  std::deque<net::Timer*> waiting_;
};

}  // namespace cocached::http
