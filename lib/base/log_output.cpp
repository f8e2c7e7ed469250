// Data structures: one string that queues whole lines, and a thread that writes them to stderr.
// Invariant: the queue holds at most kMaxBytes and only whole lines, in the order in which they
// were put.
// Invariant: outside a BackgroundLog the queue is empty, and put() writes by itself.
// `mutex_` guards everything but the counter of dropped lines, which is atomic. The thread never
// holds the mutex while it writes.

#include "base/log_output.hpp"

#include "base/no_signals.hpp"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include <climits>

namespace cocached::base {
namespace {

/// A pipe that is ready takes so much without blocking.
constexpr std::size_t kPiece = PIPE_BUF;
constexpr std::chrono::milliseconds kLook{100};
/// At the end, for a reader of stderr to go on.
constexpr std::chrono::seconds kPatience{1};

/// Writes as much as stderr takes at once. Returns 0 on an error that a retry cannot mend.
std::size_t write_some(std::string_view bytes) noexcept {
  for (;;) {
    const auto n = ::write(STDERR_FILENO, bytes.data(), bytes.size());
    if (n > 0) return static_cast<std::size_t>(n);
    if (n == 0 || errno != EINTR) return 0;
  }
}

bool is_ready(std::chrono::milliseconds patience) noexcept {
  pollfd waiting{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  return ::poll(&waiting, 1, static_cast<int>(patience.count())) != 0;
}

}  // namespace

bool LogOutput::try_put(std::string_view line) {
  const std::lock_guard lock{mutex_};
  if (stuck_) return false;
  if (!in_background_) {
    while (!line.empty()) {
      const auto n = write_some(line);
      if (n == 0) return true;  // a closed stderr is no fault of the log's
      line.remove_prefix(n);
    }
    return true;
  }
  if (queue_.size() + line.size() > kMaxBytes) return false;
  queue_ += line;
  changed_.notify_one();
  return true;
}

bool LogOutput::has_room() {
  constexpr std::size_t kUsualLine = 4096;
  const std::lock_guard lock{mutex_};
  return !stuck_ && queue_.size() + kUsualLine <= kMaxBytes;
}

std::size_t LogOutput::take_lost() {
  const std::lock_guard lock{mutex_};
  return std::exchange(lost_, 0);
}

void LogOutput::start() {
  const std::lock_guard lock{mutex_};
  stopping_ = stuck_ = false;
  const NoSignals in_thread;
  thread_ = std::thread{[this] { run(); }};
  in_background_ = true;
}

void LogOutput::stop() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
    last_write_ = std::chrono::steady_clock::now() + kPatience;
    changed_.notify_one();
  }
  thread_.join();
}

void LogOutput::run() {
  std::string lines;
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    lines.clear();
    lines.swap(queue_);
    if (lines.empty()) break;
    lock.unlock();
    const auto unwritten = write_all(lines);
    lock.lock();
    if (unwritten.empty()) continue;
    const auto lost = static_cast<std::size_t>(std::ranges::count(unwritten, '\n'));
    lost_ += lost;
    dropped_.fetch_add(lost, std::memory_order_relaxed);
    stuck_ = stopping_;
    if (stuck_) break;
  }
  in_background_ = false;
}

/// Returns the bytes that were not written: nobody reads fast enough, and it is time to end; or
/// stderr is broken.
std::string_view LogOutput::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!wait_for_reader()) break;
    const auto n = write_some(bytes.substr(0, kPiece));
    if (n == 0 && errno != EAGAIN) break;
    bytes.remove_prefix(n);
  }
  return bytes;
}

bool LogOutput::wait_for_reader() {
  do {
    const std::lock_guard lock{mutex_};
    if (stopping_ && std::chrono::steady_clock::now() >= last_write_) return false;
  } while (!is_ready(kLook));
  return true;
}

LogOutput& log_output() {
  static LogOutput only;
  return only;
}

}  // namespace cocached::base
