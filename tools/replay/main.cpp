#include "replay/client.hpp"
#include "replay/object.hpp"
#include "replay/replay.hpp"
#include "replay/trace.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

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
  app.require_option(1, 0);
}

/// Returns whether the server behaved: every set was stored, every value came back as it was sent.
bool run(const Options& options) {
  const replay::Objects objects{replay::ObjectSizes::parse(options.sizes)};
  const auto trace = replay::read_trace(options.trace, options.requests);
  if (options.footprint) {
    const auto [keys, bytes] = replay::footprint(trace, objects);
    fmt::print("requests {}\nkeys {}\nbytes {}\n", trace.size(), keys, bytes);
  }
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
