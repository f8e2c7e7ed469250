#pragma once

#include "net/types.hpp"

#include <deque>

namespace cocached::http {

/// Lets connections do costly work one at a time, first come, first served, and everything else
/// that is ready on the thread run between two of them. So a client that asks for little waits for
/// one costly answer at most, however many others ask for how much.
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
