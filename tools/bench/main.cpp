// cocached-bench: exit code 0 if every reply was right, 1 if one was wrong or an error or the
// server went away, and that of CLI11 for a wrong command line.

#include "bench/dataset.hpp"
#include "bench/driver.hpp"
#include "bench/options.hpp"
#include "bench/process.hpp"
#include "bench/report.hpp"
#include "bench/time.hpp"
#include "bench/workload.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <sys/prctl.h>
#include <variant>

#include <fmt/format.h>

namespace {

using namespace cocached::bench;

/// Writes every key. A batch is bounded in bytes, so that large values do not pile up.
void fill(const Options& options, const Dataset& data) {
  constexpr std::size_t kBatchBytes = std::size_t{64} << 10;
  const std::size_t depth = std::clamp<std::size_t>(
      kBatchBytes / (options.value_size.high + options.key_size + 1), 1, 64);
  Driver driver(options, data, fill_workload(options), {depth, 0, kForever});
  driver.run();
  if (driver.tally().errors > 0) {
    throw std::runtime_error("cannot fill: " + driver.tally().first_error);
  }
}

Report measure(const Options& options, const Dataset& data) {
  const std::int64_t duration =
      options.duration ? static_cast<std::int64_t>(options.duration->count() * kNsPerSecond)
                       : kForever;
  Driver driver(options, data, mixed_workload(options), {options.depth, options.rate, duration});
  const auto server_cpu = [&] { return process_usage(options.pid).cpu_seconds; };
  const double server_before = options.pid > 0 ? server_cpu() : 0;
  const double client_before = own_cpu_seconds();
  driver.run();
  Report report{driver.tally(), driver.seconds(), own_cpu_seconds() - client_before, {}};
  if (options.pid > 0) {
    const ProcessUsage usage = process_usage(options.pid);
    report.server = {usage.cpu_seconds - server_before, usage.resident_bytes};
  }
  return report;
}

int run(const Options& options) {
  const Dataset data(options.keys, options.key_size, options.value_size);
  if (options.fill) fill(options, data);
  const Report report = measure(options, data);
  fmt::print("{}", options.json ? as_json(report) : as_text(report));
  return report.failed() ? EXIT_FAILURE : EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  const auto parsed = parse_options(argc, argv);
  if (const int* exit_code = std::get_if<int>(&parsed)) return *exit_code;
  std::signal(SIGINT, [](int) { request_stop(); });
  std::signal(SIGTERM, [](int) { request_stop(); });
  prctl(PR_SET_TIMERSLACK, 1);  // ns: an open loop must wake on time
  try {
    return run(std::get<Options>(parsed));
  } catch (const std::exception& error) {
    fmt::print(stderr, "cocached-bench: {}\n", error.what());
    return EXIT_FAILURE;
  }
}
