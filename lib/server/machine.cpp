#include "server/machine.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sched.h>
#include <string>
#include <string_view>
#include <thread>

namespace cocached::server {
namespace {

namespace fs = std::filesystem;

template <class Number>
void lower(std::optional<Number>& limit, Number to) {
  limit = std::min(limit.value_or(to), to);
}

/// The path of the group within the hierarchy of version 2, whose line starts with `0::`.
std::optional<std::string> group_path(const fs::path& membership) {
  constexpr std::string_view kVersion2 = "0::/";
  std::ifstream lines{membership};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(kVersion2)) return line.substr(kVersion2.size());
  return std::nullopt;
}

/// Reads the limits that the group in `folder` has itself. Without one, the files say `max`, which
/// is no number.
void add_limits(const fs::path& folder, GroupLimits& limits) {
  double quota = 0;
  double period = 0;
  if (std::ifstream{folder / "cpu.max"} >> quota >> period && period > 0)
    lower(limits.cpus, quota / period);
  std::size_t memory = 0;
  if (std::ifstream{folder / "memory.max"} >> memory) lower(limits.memory, memory);
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
  const auto path = group_path(membership);
  if (!path) return limits;
  auto folder = root;
  add_limits(folder, limits);
  for (const auto& part : fs::path{*path}) add_limits(folder /= part, limits);
  return limits;
}

std::size_t memory_need(const Settings& settings) noexcept {
  constexpr std::size_t kProcess = std::size_t{32} << 20;
  constexpr std::size_t kConnection = std::size_t{32} << 10;
  const auto buffers = settings.max_connections * kConnection;
  const auto limit = settings.buffer_limit;
  return settings.memory_limit + kProcess + (limit > 0 ? std::min(limit, buffers) : buffers);
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
