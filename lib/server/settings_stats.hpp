#pragma once

#include "command/server_view.hpp"
#include "server/settings.hpp"

#include <chrono>
#include <cstddef>

namespace cocached::server {

/// The settings that can change while serving.
struct LiveSettings {
  std::size_t memory_limit = 0;
  unsigned verbosity = 0;
  std::chrono::seconds idle_timeout{};
  bool prefix_stats = false;
};

/// All of `stats settings`, in memcached's order, with its defaults for what does not exist here.
command::StatList setting_stats(const Settings& settings, const LiveSettings& live);

}  // namespace cocached::server
