#include "server/maintenance.hpp"

#include "base/log.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>

namespace cocached::server {
namespace {

/// Between steps, when there is nothing to do, and when there is: then a pause all the same, so
/// that requests get at the shards' locks.
constexpr std::chrono::milliseconds kIdlePause{100};
constexpr std::chrono::milliseconds kBusyPause{1};

}  // namespace

void Maintenance::start() {
  thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

void Maintenance::stop() {
  thread_ = {};
}

/// A step that fails is tried again after a pause.
bool Maintenance::maintain() noexcept {
  try {
    return store_.maintain(clock_.now());
  } catch (const std::exception& error) {
    base::log_error("a step of maintenance failed: {}", error.what());
    return false;
  }
}

void Maintenance::run(const std::stop_token& stop) {
  // Nobody but the stop request ever wakes this thread.
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock{mutex};
  while (!stop.stop_requested()) {
    const bool busy = maintain();
    wake.wait_for(lock, stop, busy ? kBusyPause : kIdlePause, [] { return false; });
  }
}

}  // namespace cocached::server
