#include "bench/process.hpp"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unistd.h>

#include <fmt/format.h>

namespace cocached::bench {
namespace {

/// Returns the nanoseconds of CPU time from the scheduler's account of every thread; 0 if the
/// kernel keeps no account. The time of a thread that has ended is missing.
std::uint64_t scheduler_ns(const std::filesystem::path& process) {
  std::uint64_t sum = 0;
  std::error_code ignored;  // a thread may end while we look
  for (const auto& task : std::filesystem::directory_iterator(process / "task", ignored)) {
    std::ifstream file(task.path() / "schedstat");
    if (std::uint64_t ns = 0; file >> ns) sum += ns;
  }
  return sum;
}

/// Returns utime + stime of /proc/PID/stat, which count clock ticks, in seconds.
double stat_seconds(const std::filesystem::path& process) {
  std::ifstream file(process / "stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  // The second field, the program's name, may hold anything but ends with the last ')'.
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::uint64_t resident_bytes(const std::filesystem::path& process) {
  std::ifstream file(process / "statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

ProcessUsage process_usage(int pid) {
  const std::filesystem::path process = fmt::format("/proc/{}", pid);
  if (!std::filesystem::exists(process)) {
    throw std::runtime_error(fmt::format("no process {}", pid));
  }
  const std::uint64_t ns = scheduler_ns(process);
  return {ns > 0 ? static_cast<double>(ns) * 1e-9 : stat_seconds(process), resident_bytes(process)};
}

double own_cpu_seconds() noexcept {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace cocached::bench
