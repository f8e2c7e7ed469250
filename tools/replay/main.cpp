#include "replay/client.hpp"
#include "replay/object.hpp"
#include "replay/replay.hpp"
#include "replay/simulate.hpp"
#include "replay/trace.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace {

namespace replay = cocached::replay;

struct Options {
  std::string trace = "-";
  std::size_t requests = 0;
  std::string sizes = "4096";
  std::string server;
  std::size_t window = 32;
  bool footprint = false;
  bool simulate = false;
  std::vector<double> shares{0.10, 0.30};
};

void add_options(CLI::App& app, Options& options) {
  app.add_option("trace", options.trace,
                 "Trace: big-endian 32-bit keys, compressed if named .xz; - is standard input");
  app.add_option("--requests", options.requests, "Only the first N requests (0: all)");
  app.add_option("--size", options.sizes,
                 "Value size: 4096, or 256-16384 for a log-uniform choice by key")
      ->capture_default_str();
  app.add_option("--window", options.window, "Requests under way at once")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  app.add_option("--server", options.server, "host:port of a server to replay against");
  app.add_flag("--footprint", options.footprint, "Print distinct keys and their bytes");
  app.add_flag("--simulate", options.simulate,
               "Print the misses of eviction policies in process, and of the store");
  app.add_option("--share", options.shares, "Cache sizes to simulate, as shares of the footprint")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  app.require_option(1, 0);
}

std::size_t rounded(double value) {
  return static_cast<std::size_t>(std::llround(value));
}

void print(std::string_view capacity, std::span<const replay::Simulated> results,
           std::size_t requests) {
  for (const auto& [policy, misses] : results) {
    fmt::print("{:<16} {:<12} {:>10} {:>10.4f}\n", capacity, policy, misses,
               static_cast<double>(misses) / static_cast<double>(requests));
  }
}

/// Capacities in bytes are whole MiB, as those of a server.
void simulate(std::span<const std::uint32_t> trace, const replay::Objects& objects,
              std::span<const double> shares) {
  constexpr double kMiB = 1024 * 1024;
  const auto footprint = replay::footprint(trace, objects);
  fmt::print("{:<16} {:<12} {:>10} {:>10}\n", "capacity", "policy", "misses", "miss_ratio");
  for (auto share : shares) {
    const auto count =
        std::max<std::size_t>(rounded(share * static_cast<double>(footprint.keys)), 1);
    print(fmt::format("{} objects", count), replay::simulate_objects(trace, count), trace.size());
    const auto mib =
        std::max<std::size_t>(rounded(share * static_cast<double>(footprint.bytes) / kMiB), 1);
    print(fmt::format("{} MiB", mib), replay::simulate_bytes(trace, mib << 20, objects),
          trace.size());
  }
}

/// Returns true if the server stored every set and returned every value as it was sent.
bool run(const Options& options) {
  const replay::Objects objects{replay::ObjectSizes::parse(options.sizes)};
  const auto trace = replay::read_trace(options.trace, options.requests);
  if (options.footprint) {
    const auto [keys, bytes] = replay::footprint(trace, objects);
    fmt::print("requests {}\nkeys {}\nbytes {}\n", trace.size(), keys, bytes);
  }
  if (options.simulate) simulate(trace, objects, options.shares);
  if (options.server.empty()) return true;
  replay::Client client{options.server, objects};
  const auto outcome = replay::replay(trace, client, options.window);
  fmt::print("requests {}\nmisses {}\nmiss_ratio {:.6f}\nrefused_sets {}\nwrong_values {}\n",
             outcome.requests, outcome.misses, outcome.miss_ratio(), outcome.refused_sets,
             outcome.wrong_values);
  return outcome.refused_sets == 0 && outcome.wrong_values == 0;
}

}  // namespace

int main(int argc, char** argv) try {
  Options options;
  CLI::App app{"Replays a trace of keys: a get for each, and a set when it was a miss."};
  add_options(app, options);
  CLI11_PARSE(app, argc, argv);
  return run(options) ? EXIT_SUCCESS : EXIT_FAILURE;
} catch (const std::exception& error) {
  fmt::print(stderr, "cocached-replay: {}\n", error.what());
  return EXIT_FAILURE;
}
