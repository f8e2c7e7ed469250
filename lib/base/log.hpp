#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

namespace cocached::base {

/// The gravest first. Errors and warnings are always written; each `-v` adds the next level.
enum class LogLevel : int { error, warning, info, debug, trace };

namespace detail {
inline std::atomic<LogLevel> log_level = LogLevel::warning;
void write_log(LogLevel level, fmt::string_view format, fmt::format_args arguments) noexcept;
}  // namespace detail

/// The least grave level that is written: `verbosity` counts the `-v` given, and what is below 0 or
/// above 3 means 0 or 3. Any thread, at any time.
void set_log_verbosity(int verbosity) noexcept;

/// How lines are written.
struct LogOptions {
  bool json = false;  ///< an object on each line, instead of text
  /// More are left out, and counted in a line of their own; 0: no limit. Errors and warnings have
  /// as many for themselves.
  unsigned lines_per_second = 1000;
  bool redact_keys = false;
};

/// Any thread; memory may run out.
void set_log_options(const LogOptions& options);

/// Returns true if log lines must not show keys. The code that logs a key then writes a number for
/// it.
bool log_redacts_keys() noexcept;

/// Lines that were not written so far: over their limit, because nobody read stderr, or for want of
/// memory. Any thread.
std::uint64_t log_lines_dropped() noexcept;

/// One relaxed load: ask first where the arguments of a message are costly to make.
[[nodiscard]] inline bool log_enabled(LogLevel level) noexcept {
  return level <= detail::log_level.load(std::memory_order_relaxed);
}

/// One line on stderr with the time, the level and the thread; written before this returns, or by
/// the thread of a BackgroundLog. Nothing is formatted for a level that is off. Any thread. A line
/// that cannot be formatted or written is lost, never an exception: logging must not stop a server.
template <typename... Arguments>
void log(LogLevel level, fmt::format_string<Arguments...> format,
         Arguments&&... arguments) noexcept {
  if (log_enabled(level)) {
    detail::write_log(level, format, fmt::make_format_args(arguments...));
  }
}

template <typename... Arguments>
void log_error(fmt::format_string<Arguments...> format, Arguments&&... arguments) noexcept {
  log(LogLevel::error, format, std::forward<Arguments>(arguments)...);
}

template <typename... Arguments>
void log_warning(fmt::format_string<Arguments...> format, Arguments&&... arguments) noexcept {
  log(LogLevel::warning, format, std::forward<Arguments>(arguments)...);
}

template <typename... Arguments>
void log_info(fmt::format_string<Arguments...> format, Arguments&&... arguments) noexcept {
  log(LogLevel::info, format, std::forward<Arguments>(arguments)...);
}

template <typename... Arguments>
void log_debug(fmt::format_string<Arguments...> format, Arguments&&... arguments) noexcept {
  log(LogLevel::debug, format, std::forward<Arguments>(arguments)...);
}

template <typename... Arguments>
void log_trace(fmt::format_string<Arguments...> format, Arguments&&... arguments) noexcept {
  log(LogLevel::trace, format, std::forward<Arguments>(arguments)...);
}

}  // namespace cocached::base
