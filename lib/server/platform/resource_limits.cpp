#include "server/platform/resource_limits.hpp"

#include "base/log.hpp"
#include "net/tls/tls_stream.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <sched.h>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace cocached::server {
namespace {

namespace fs = std::filesystem;

template <class Number>
void lower(std::optional<Number>& limit, Number to) {
  limit = std::min(limit.value_or(to), to);
}

/// The first number in a file. None where there is no file, or it says `max` or `-1`: no limit.
template <class Number>
std::optional<Number> number_in(const fs::path& file) {
  Number number = 0;
  if (std::ifstream{file} >> number && number > 0) return number;
  return std::nullopt;
}

/// Reads the limits that the group in `folder` has itself, of either version. Version 1 writes "no
/// limit" of memory as the most pages that a counter holds, which is close to 2^63 bytes.
void add_limits(const fs::path& folder, GroupLimits& limits) {
  constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 62;
  double quota = 0;
  double period = 0;
  if (std::ifstream{folder / "cpu.max"} >> quota >> period && period > 0)
    lower(limits.cpus, quota / period);
  if (const auto microseconds = number_in<double>(folder / "cpu.cfs_quota_us"))
    lower(limits.cpus,
          *microseconds / number_in<double>(folder / "cpu.cfs_period_us").value_or(100'000));
  for (const auto* name : {"memory.max", "memory.limit_in_bytes"})
    if (const auto bytes = number_in<std::uint64_t>(folder / name); bytes && *bytes < kNoLimit)
      lower(limits.memory, std::size_t{*bytes});
}

/// Reads the limits of a group and of all groups around it, up to the root of its hierarchy. A
/// container may see its own group as that root, and a path that leads nowhere from there.
void add_limits(fs::path folder, const fs::path& group, GroupLimits& limits) {
  add_limits(folder, limits);
  for (const auto& part : group)
    if (part != "..") add_limits(folder /= part, limits);
}

/// The folders where the hierarchy with these controllers may be: the one of version 2 has none,
/// and stands beside those of version 1 in `unified`; each of these is named for its controllers,
/// and may have a link for each of them.
std::vector<std::string> folders_of(const std::string& controllers) {
  if (controllers.empty()) return {"", "unified"};
  std::vector<std::string> names{controllers};
  std::istringstream list{controllers};
  for (std::string name; std::getline(list, name, ',');)
    if (name != controllers) names.push_back(name);
  return names;
}

unsigned cpus_by_affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<unsigned>(CPU_COUNT(&set));
  return std::thread::hardware_concurrency();  // more of them than fit the set
}

}  // namespace

GroupLimits group_limits(const fs::path& membership, const fs::path& root) {
  GroupLimits limits;
  std::ifstream lines{membership};
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':');  // number:controllers:/path
    const auto second = line.find(":/", first + 1);
    if (second == line.npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    for (const auto& folder : folders_of(controllers))
      add_limits(root / folder, line.substr(second + 2), limits);
  }
  return limits;
}

std::size_t least_client_memory(const Settings& settings) noexcept {
  constexpr std::size_t kThread = std::size_t{2} << 20;
  return settings.threads * kThread + 2 * settings.max_item_size;
}

std::size_t client_memory_limit(const Settings& settings) noexcept {
  constexpr std::size_t kPlain = std::size_t{32} << 10;
  constexpr std::size_t kDefault = std::size_t{64} << 20;
  if (settings.client_memory == 0) return 0;
  const auto connection = kPlain + (settings.tls ? net::TlsStream::kSessionBytes : 0);
  const auto usual = std::max(kDefault, settings.max_connections * connection);
  return std::max(settings.client_memory.value_or(usual), least_client_memory(settings));
}

void warn_of_client_memory(const Settings& settings) {
  const auto limit = client_memory_limit(settings);
  if (settings.client_memory.value_or(limit) >= limit) return;
  base::log_warning(
      "-o read_buf_mem_limit={} is too little for -t {} and the largest value: it is {} MiB",
      *settings.client_memory >> 20, settings.threads, limit >> 20);
}

std::size_t memory_need(const Settings& settings) noexcept {
  constexpr std::size_t kProcess = std::size_t{32} << 20;
  auto bounded = settings;
  if (bounded.client_memory == 0) bounded.client_memory.reset();
  return settings.memory_limit + kProcess + client_memory_limit(bounded);
}

std::size_t own_descriptors(const Settings& settings) noexcept {
  constexpr std::size_t kEventLoop = 3;  // epoll, wake-up, timer
  constexpr std::size_t kPoller = 1;     // a worker's second epoll
  constexpr std::size_t kListener = 2;   // and a client that waits for room
  constexpr std::size_t kAddresses = 8;  // that an entry of -l may stand for
  constexpr std::size_t kProcess = 32;   // streams, signals, snapshot, what is read again
  constexpr std::size_t kHttpClients = 64;
  const auto places = kAddresses * std::max<std::size_t>(settings.listen.size(), 1);
  const auto udp = settings.udp_port ? places : 0;
  return kProcess + (settings.threads + 2) * kEventLoop + settings.threads * (kPoller + udp) +
         places * kListener + settings.handed_sockets.size() * kListener + kListener + kHttpClients;
}

void warn_of_memory(const Settings& settings, const GroupLimits& limits) {
  const auto need = memory_need(settings);
  if (limits.memory.value_or(need) >= need) return;
  base::log_warning(
      "the control group allows {} MiB of memory, and -m {} with -c {} may need {} MiB: the system "
      "may kill this process",
      *limits.memory >> 20, settings.memory_limit >> 20, settings.max_connections, need >> 20);
}

unsigned available_cpus() {
  auto cpus = cpus_by_affinity();
  if (const auto limit = group_limits().cpus)
    cpus = std::min(cpus, static_cast<unsigned>(std::ceil(*limit)));
  return std::max(cpus, 1U);
}

}  // namespace cocached::server
