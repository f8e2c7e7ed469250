#include "base/log.hpp"

#include <algorithm>
#include <memory>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace cocached::base {
namespace {

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

// Passes everything on: log_enabled() has filtered already.
spdlog::logger make_logger() {
  spdlog::logger logger{"cocached", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
  logger.set_level(spdlog::level::trace);
  logger.set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l [%t] %v");
  return logger;
}

}  // namespace

void set_log_verbosity(int verbosity) noexcept {
  constexpr int kDefault = static_cast<int>(LogLevel::warning);
  constexpr int kMost = static_cast<int>(LogLevel::trace) - kDefault;
  const auto level = static_cast<LogLevel>(kDefault + std::clamp(verbosity, 0, kMost));
  detail::log_level.store(level, std::memory_order_relaxed);
}

void detail::write_log(LogLevel level, fmt::string_view format,
                       fmt::format_args arguments) noexcept {
  try {
    static spdlog::logger logger = make_logger();
    fmt::memory_buffer line;
    fmt::vformat_to(std::back_inserter(line), format, arguments);
    logger.log(spdlog_level(level), spdlog::string_view_t{line.data(), line.size()});
  } catch (...) {
    return;  // out of memory, or a formatter that throws: the line is lost
  }
}

}  // namespace cocached::base
