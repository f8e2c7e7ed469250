#pragma once

#include "server/settings.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>

/// The limits that the system sets for this process.
namespace cocached::server {

/// Bytes that clients may make the server hold, 0 for no limit. Unless it is given, 64 MiB, or
/// 32 KiB for each connection if that is more: a block to read to and one to answer in. Never less
/// than the least.
std::size_t client_memory_limit(const Settings& settings) noexcept;

/// The least of them: 2 MiB for each thread, and the largest value twice, since values and long
/// replies may take half.
std::size_t least_client_memory(const Settings& settings) noexcept;

/// Warns where less than the least is given.
void warn_of_client_memory(const Settings& settings);

/// Bytes that a process with these settings may come to need: the memory limit, and beside it
/// 32 MiB, and what clients may make it hold. Where that has no limit, its default counts.
std::size_t memory_need(const Settings& settings) noexcept;

/// Descriptors that a process with these settings needs beside those of its `-c` clients: of its
/// event loops, listeners, UDP sockets, HTTP endpoint and files. Not fewer; perhaps some more.
std::size_t own_descriptors(const Settings& settings) noexcept;

/// The limits of a control group and of all groups around it, of cgroup version 1, 2 or both.
struct GroupLimits {
  std::optional<double> cpus;         ///< CPU time per time
  std::optional<std::size_t> memory;  ///< bytes
};

/// The limits of this process' groups; none where there are none, or no groups. `membership` says
/// which group it is in within each hierarchy, and `root` is where the hierarchies are.
GroupLimits group_limits(const std::filesystem::path& membership = "/proc/self/cgroup",
                         const std::filesystem::path& root = "/sys/fs/cgroup");

/// Warns where these settings may need more memory than `limits` allow.
void warn_of_memory(const Settings& settings, const GroupLimits& limits);

/// The CPUs that there are for this process, by its affinity and its group; at least 1.
unsigned available_cpus();

}  // namespace cocached::server
