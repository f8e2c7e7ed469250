#include "net/task_group.hpp"

#include "base/block_pool.hpp"
#include "base/log.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>

namespace cocached::net {

void TaskGroup::spawn(Task<void> task) {
  ++running_;
  // Without the bound executor the handler could run on a thread that cancels the task.
  asio::co_spawn(
      executor_, std::move(task),
      asio::bind_executor(executor_, [this](std::exception_ptr error) { ended(error); }));
}

void TaskGroup::when_empty(std::function<void()> done) {
  if (empty()) return done();
  when_empty_ = std::move(done);
}

void TaskGroup::ended(std::exception_ptr error) {
  try {
    if (error) std::rethrow_exception(error);
  } catch (const base::NoMoreBlocks& exception) {
    base::log_debug("a connection ended: {}", exception.what());  // its worker counts them
  } catch (const std::exception& exception) {
    base::log_error("a connection ended by an error of the server: {}", exception.what());
  }
  if (--running_ == 0 && when_empty_) std::exchange(when_empty_, nullptr)();
}

}  // namespace cocached::net
