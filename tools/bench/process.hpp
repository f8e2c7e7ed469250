#pragma once

#include <cstdint>

namespace cocached::bench {

/// The resources that a process has used, from /proc.
struct ProcessUsage {
  double cpu_seconds;  ///< user and system time of all living threads
  std::uint64_t resident_bytes;
};

/// Throws std::runtime_error if there is no such process.
ProcessUsage process_usage(int pid);

/// CPU time of the calling process in seconds.
double own_cpu_seconds() noexcept;

}  // namespace cocached::bench
