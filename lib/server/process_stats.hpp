#pragma once

#include "command/server_view.hpp"
#include "server/settings.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cocached::server {

/// The fields of `stats` for the process and its connections.
struct ProcessFigures {
  std::chrono::seconds uptime{};
  std::chrono::sys_seconds time{};
  std::uint64_t connections = 0;  ///< open now
  std::uint64_t connections_opened = 0;
  std::uint64_t connections_rejected = 0;
  std::size_t buffers = 0;  ///< read and write buffers in use
  std::size_t buffer_bytes = 0;
  std::uint64_t buffers_refused = 0;
};

/// The first fields of `stats`, pid to reserved_fds, in memcached's order.
command::StatList process_stats(const Settings& settings, const ProcessFigures& figures);

}  // namespace cocached::server
