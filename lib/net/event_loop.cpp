#include "net/event_loop.hpp"

#include "base/log.hpp"
#include "base/memory_ledger.hpp"

namespace cocached::net {

void log_failure(std::string_view what, const std::exception_ptr& error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const base::NoMoreMemory& exception) {
    base::log_debug("{} ended: {}", what, exception.what());  // its worker counts them
  } catch (const std::exception& exception) {
    base::log_error("{} ended by an error of the server: {}", what, exception.what());
  } catch (...) {
    base::log_error("{} ended by an error of the server", what);
  }
}

void run_event_loop(asio::io_context& context) noexcept {
  for (;;) {
    try {
      context.run();
      return;
    } catch (...) {
      log_failure("a step of the event loop", std::current_exception());
    }
  }
}

}  // namespace cocached::net
