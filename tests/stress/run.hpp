#pragma once

#include "stress/findings.hpp"
#include "stress/stream.hpp"
#include "stress/target.hpp"

#include <cstddef>
#include <filesystem>

namespace cocached::stress {

/// The objects that all threads of a run share.
struct Run {
  Target target;
  Findings findings;
  Patience patience;
  std::size_t keys = 5000;  ///< of each client alone
  std::size_t shared_keys = 200;
  unsigned clients = 6;
  unsigned memory = 512;         ///< MiB: the most that `cache_memlimit` allows
  unsigned connections = 200;    ///< -c
  std::filesystem::path folder;  ///< of the server's files
};

/// The server's settings file, which SIGHUP makes it read again.
std::filesystem::path settings_file(const Run& run);

}  // namespace cocached::stress
