#pragma once

#include <cstdint>

namespace cocached::bench {

/// What a process has used, as /proc tells.
struct ProcessUsage {
  double cpu_seconds;  ///< user and system, all living threads
  std::uint64_t resident_bytes;
};

/// Throws std::runtime_error if there is no such process.
ProcessUsage process_usage(int pid);

/// CPU time of the calling process in seconds.
double own_cpu_seconds() noexcept;

}  // namespace cocached::bench
