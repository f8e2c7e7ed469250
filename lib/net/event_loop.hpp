#pragma once

#include "net/types.hpp"

#include <chrono>
#include <exception>
#include <new>
#include <string_view>
#include <thread>
#include <utility>

#include <boost/asio/post.hpp>

/// The event loop of a thread, which survives failures: an exception ends the one handler that it
/// escapes from, and is logged.
namespace cocached::net {

/// Logs that `error` has ended `what`.
void log_failure(std::string_view what, const std::exception_ptr& error) noexcept;

/// Runs `context` until it has no work left. An exception that escapes from a handler ends that
/// handler.
void run_event_loop(asio::io_context& context) noexcept;

/// Runs `step`, which must happen, until there is memory enough for it. Repeats it from its
/// beginning after std::bad_alloc.
template <class Step>
void surely(Step step) {
  for (;;) {
    try {
      return step();
    } catch (const std::bad_alloc&) {
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
  }
}

/// Posts a handler that must run; it can be copied.
template <class Handler>
void post_surely(const IoExecutor& executor, const Handler& handler) {
  surely([&] { asio::post(executor, handler); });
}

}  // namespace cocached::net
