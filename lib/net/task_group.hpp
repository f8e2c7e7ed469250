#pragma once

#include "net/types.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

namespace cocached::net {

/// The coroutines of one thread: what is started here is counted until it has ended, so that its
/// owner can wait for all of them. Every call from that thread. Tasks that outlive it tell nobody.
class TaskGroup {
 public:
  explicit TaskGroup(const IoExecutor& executor)
      : executor_(executor), state_(std::make_shared<State>(State{.group = this})) {}
  ~TaskGroup() { *state_ = {.running = state_->running}; }
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Starts `task`. An exception ends the task, and is logged. Throws std::bad_alloc where there is
  /// no memory to start it: then it is gone. `name` is a literal, for the log.
  void spawn(Task<void> task, std::string_view name = "a connection");

  /// Starts the task that `begin` makes, which must go on until it returns: after an exception,
  /// which is logged, and after want of memory, it begins again in a moment.
  void keep(std::string_view name, std::function<Task<void>()> begin);

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

  void keep(std::string_view name, const std::shared_ptr<const Begin>& begin) noexcept;

  IoExecutor executor_;
  std::shared_ptr<State> state_;
};

}  // namespace cocached::net
