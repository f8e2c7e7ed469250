#pragma once

#include "net/types.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

namespace cocached::net {

/// The coroutines of one thread. The group counts each task until it has ended, so that the owner
/// can wait for all of them. Used by that thread. A task may outlive the group.
class TaskGroup {
 public:
  explicit TaskGroup(const IoExecutor& executor)
      : executor_(executor), state_(std::make_shared<State>(State{.group = this})) {}
  ~TaskGroup() { *state_ = {.running = state_->running}; }
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Starts `task`. An exception ends the task, and is logged. Throws std::bad_alloc, and destroys
  /// the task, if there is no memory to start it. `name` is a literal, for the log.
  void spawn(Task<void> task, std::string_view name = "a connection");

  /// Starts the task that `begin` makes, and makes it again a moment after it ends early: by an
  /// exception, which is logged, or for want of memory.
  void keep_running(std::string_view name, std::function<Task<void>()> begin);

  bool empty() const noexcept { return state_->running == 0; }

  /// Calls `done` once, as soon as no task is running; at once if none is.
  void when_empty(std::function<void()> done);

 private:
  using Begin = std::function<Task<void>()>;
  struct State {
    std::size_t running = 0;
    std::function<void()> when_empty{};
    TaskGroup* group = nullptr;  // null: it is gone
  };
  class Running;
  class Kept;

  void keep_running(std::string_view name, const std::shared_ptr<const Begin>& begin) noexcept;

  IoExecutor executor_;
  std::shared_ptr<State> state_;
};

}  // namespace cocached::net
