#pragma once

#include "net/types.hpp"

#include <cstddef>
#include <exception>
#include <functional>

namespace cocached::net {

/// The coroutines of one thread: what is started here is counted until it has ended, so that its
/// owner can wait for all of them. Every call from that thread. Must outlive its tasks.
class TaskGroup {
 public:
  explicit TaskGroup(const Executor& executor) : executor_(executor) {}
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Starts `task`. An exception ends the task, and is logged.
  void spawn(Task<void> task);

  bool empty() const noexcept { return running_ == 0; }

  /// Calls `done` once, as soon as no task is running; at once if none is.
  void when_empty(std::function<void()> done);

 private:
  void ended(std::exception_ptr error);

  Executor executor_;
  std::size_t running_ = 0;
  std::function<void()> when_empty_;
};

}  // namespace cocached::net
