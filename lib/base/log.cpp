#include "base/log.hpp"

#include "base/log_output.hpp"
#include "base/log_rate_limit.hpp"
#include "base/thread_annotations.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/details/null_mutex.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

namespace cocached::base {
namespace {

constexpr auto kTextPattern = "%Y-%m-%dT%H:%M:%S.%e%z %l [%t] %v";
constexpr auto kJsonPattern =
    R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","thread":%t,"message":%v})";

std::atomic<bool> redacts_keys = false;
std::atomic<std::uint64_t> lines_left_out = 0;  // before they came to the output

void count_left_out() noexcept {
  lines_left_out.fetch_add(1, std::memory_order_relaxed);
}

spdlog::level::level_enum spdlog_level(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::trace:
      return spdlog::level::trace;
  }
  return spdlog::level::err;
}

std::string json_text(std::string_view text) {
  using nlohmann::json;
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::chrono::seconds this_second() {
  return std::chrono::floor<std::chrono::seconds>(
      std::chrono::steady_clock::now().time_since_epoch());
}

/// Counts the lines that the output has dropped. Its writer locks.
class OutputSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  std::size_t take_dropped() noexcept { return std::exchange(dropped_, 0); }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (!log_output().put({line.data(), line.size()})) ++dropped_;
  }
  void flush_() override {}

 private:
  std::size_t dropped_ = 0;
};

/// Writes lines in their format. Those that nobody asked for by `-v` have a limit of their own, so
/// that a flood of the others cannot push them out.
class Writer {
 public:
  Writer() {
    logger_.set_level(spdlog::level::trace);               // log_enabled() has filtered already
    logger_.set_error_handler([](const std::string&) {});  // the line is lost; stderr may block
    configure({});
  }

  void configure(const LogOptions& options) {
    const MutexLock lock{mutex_};
    json_ = options.json;
    grave_ = std::make_unique<LogRateLimit>(options.lines_per_second);
    other_ = std::make_unique<LogRateLimit>(options.lines_per_second);
    logger_.set_pattern(json_ ? kJsonPattern : kTextPattern);
  }

  void write(LogLevel level, std::string_view text) {
    const MutexLock lock{mutex_};
    tell_of_dropped();
    auto& limit = level <= LogLevel::warning ? *grave_ : *other_;
    const auto [allowed, left_out] = limit.ask(this_second());
    if (left_out > 0)
      put(LogLevel::warning, fmt::format("{} lines of the log were left out", left_out));
    allowed ? put(level, text) : count_left_out();
  }

 private:
  void tell_of_dropped() COCACHED_REQUIRES(mutex_) {
    if (!log_output().has_room()) return;
    const auto dropped = sink_->take_dropped() + log_output().take_lost();
    if (dropped == 0) return;
    put(LogLevel::warning,
        fmt::format("{} lines of the log were dropped: nobody read them", dropped));
  }

  void put(LogLevel level, std::string_view text) COCACHED_REQUIRES(mutex_) {
    if (json_)
      logger_.log(spdlog_level(level), json_text(text));
    else
      logger_.log(spdlog_level(level), spdlog::string_view_t{text.data(), text.size()});
  }

  Mutex mutex_;
  bool json_ COCACHED_GUARDED_BY(mutex_) = false;
  std::unique_ptr<LogRateLimit> grave_ COCACHED_GUARDED_BY(mutex_);
  std::unique_ptr<LogRateLimit> other_ COCACHED_GUARDED_BY(mutex_);
  const std::shared_ptr<OutputSink> sink_ = std::make_shared<OutputSink>();
  spdlog::logger logger_{"cocached", sink_};
};

Writer& writer() {
  static Writer only;
  return only;
}

}  // namespace

void set_log_options(const LogOptions& options) {
  redacts_keys.store(options.redact_keys, std::memory_order_relaxed);
  writer().configure(options);
}

std::uint64_t log_lines_dropped() noexcept {
  return lines_left_out.load(std::memory_order_relaxed) + log_output().dropped();
}

bool log_redacts_keys() noexcept {
  return redacts_keys.load(std::memory_order_relaxed);
}

void set_log_verbosity(int verbosity) noexcept {
  constexpr int kDefault = static_cast<int>(LogLevel::warning);
  constexpr int kMost = static_cast<int>(LogLevel::trace) - kDefault;
  const auto level = static_cast<LogLevel>(kDefault + std::clamp(verbosity, 0, kMost));
  detail::log_level.store(level, std::memory_order_relaxed);
}

void detail::write_log(LogLevel level, fmt::string_view format,
                       fmt::format_args arguments) noexcept {
  try {
    fmt::memory_buffer line;
    fmt::vformat_to(std::back_inserter(line), format, arguments);
    writer().write(level, {line.data(), line.size()});
  } catch (...) {
    count_left_out();  // out of memory, or a formatter that throws
  }
}

}  // namespace cocached::base
