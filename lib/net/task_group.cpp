#include "net/task_group.hpp"

#include "net/event_loop.hpp"

#include <chrono>
#include <exception>
#include <thread>
#include <utility>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>

namespace cocached::net {
namespace {

constexpr std::chrono::milliseconds kRest{100};
constexpr std::chrono::milliseconds kShortRest{10};

Task<void> rest(IoExecutor executor) {
  Timer timer{executor, kRest};
  co_await timer.async_wait(as_value);
}

/// Runs the task, and runs it again after each exception. Without the memory for a timer the thread
/// itself rests.
Task<void> keep_going(IoExecutor executor, std::string_view name,
                      std::shared_ptr<const std::function<Task<void>()>> begin) {
  for (bool rests = false;; rests = true) {
    try {
      if (rests) co_await rest(executor);
      rests = false;
      co_await (*begin)();
      co_return;
    } catch (...) {
      log_failure(name, std::current_exception());
      if (rests) std::this_thread::sleep_for(kShortRest);
    }
  }
}

}  // namespace

/// Counts one task from its start until nothing is left of it, however it ends.
class TaskGroup::Running {
 public:
  explicit Running(std::shared_ptr<State> state) noexcept : state_(std::move(state)) {
    ++state_->running;
  }
  Running(Running&&) = default;
  ~Running() {
    if (!state_ || --state_->running > 0 || !state_->when_empty) return;
    try {
      std::exchange(state_->when_empty, nullptr)();
    } catch (...) {
      log_failure("the end of all tasks", std::current_exception());
    }
  }

 private:
  std::shared_ptr<State> state_;
};

/// Notices that a coroutine is gone before it was finished. Asio destroys one, without an exception
/// in it, where there is no memory to start the operation that it waits for.
class TaskGroup::Kept {
 public:
  Kept(std::shared_ptr<State> state, std::string_view name,
       std::shared_ptr<const Begin> begin) noexcept
      : state_(std::move(state)), name_(name), begin_(std::move(begin)) {}
  Kept(Kept&&) = default;
  ~Kept() {
    if (!state_ || state_->group == nullptr) return;
    std::this_thread::sleep_for(kShortRest);
    post_surely(state_->group->executor_, [state = state_, name = name_, begin = begin_] {
      if (state->group != nullptr) state->group->keep_running(name, begin);
    });
  }

  void finished() noexcept { state_ = nullptr; }

 private:
  std::shared_ptr<State> state_;
  std::string_view name_;
  std::shared_ptr<const Begin> begin_;
};

void TaskGroup::spawn(Task<void> task, std::string_view name) {
  auto ended = [running = Running{state_}, name](const std::exception_ptr& error) {
    if (error) log_failure(name, error);
  };
  // Without the bound executor the handler could run on a thread that cancels the task.
  asio::co_spawn(executor_, std::move(task), asio::bind_executor(executor_, std::move(ended)));
}

void TaskGroup::keep_running(std::string_view name, Begin begin) {
  keep_running(name, std::make_shared<const Begin>(std::move(begin)));
}

/// If the task cannot be started, the end of `kept` starts it again.
void TaskGroup::keep_running(std::string_view name,
                             const std::shared_ptr<const Begin>& begin) noexcept {
  try {
    auto ended = [running = Running{state_}, kept = Kept{state_, name, begin},
                  name](const std::exception_ptr& error) mutable {
      if (error)
        log_failure(name, error);
      else
        kept.finished();
    };
    asio::co_spawn(executor_, keep_going(executor_, name, begin),
                   asio::bind_executor(executor_, std::move(ended)));
  } catch (...) {
    log_failure(name, std::current_exception());
  }
}

void TaskGroup::when_empty(std::function<void()> done) {
  if (empty()) return done();
  state_->when_empty = std::move(done);
}

}  // namespace cocached::net
