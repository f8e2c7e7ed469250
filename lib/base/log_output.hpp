#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace cocached::base {

/// Writes the lines of the log to stderr. While a BackgroundLog lives, put() queues the line and a
/// thread writes it; otherwise put() writes it before it returns. Any thread.
class LogOutput {
 public:
  /// Returns false, and drops the line, if the queue is full because nobody reads stderr.
  bool put(std::string_view line) {
    const bool taken = try_put(line);
    if (!taken) dropped_.fetch_add(1, std::memory_order_relaxed);
    return taken;
  }

  /// True: a line of usual length will not be dropped.
  bool has_room();

  /// Lines that were taken, and that a broken stderr has lost since the last call.
  std::size_t take_lost();

  /// All lines that were dropped or lost so far.
  std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

  void start();
  void stop();

 private:
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 20;

  bool try_put(std::string_view line);
  void run();
  std::string_view write_all(std::string_view bytes);
  bool wait_for_reader();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string queue_;
  bool in_background_ = false;
  bool stopping_ = false;
  std::chrono::steady_clock::time_point last_write_;  // once stopping
  std::size_t lost_ = 0;
  std::atomic<std::uint64_t> dropped_{0};
  bool stuck_ = false;  // nobody reads stderr, and it was time to end
  std::thread thread_;
};

/// The one of this process.
LogOutput& log_output();

/// Makes a thread write the log while the object lives, so that a stderr that nobody reads blocks
/// no other thread. The queue holds 1 MiB; further lines are dropped, and the log counts them when
/// there is room again. The destructor writes the queue out while somebody reads it. At most one
/// object at a time, made after the process has forked.
class BackgroundLog {
 public:
  BackgroundLog() { log_output().start(); }
  ~BackgroundLog() { log_output().stop(); }
  BackgroundLog(const BackgroundLog&) = delete;
  BackgroundLog& operator=(const BackgroundLog&) = delete;
};

}  // namespace cocached::base
