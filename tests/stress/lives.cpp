#include "stress/lives.hpp"

#include "stress/dialect.hpp"
#include "support/certificate_file.hpp"

#include <array>
#include <csignal>
#include <fstream>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

namespace cocached::stress {
namespace {

constexpr std::chrono::milliseconds kGlance{50};
constexpr std::chrono::seconds kDrain{5};

/// The bound beside -m that docs/benchmarks.md states, and the extra memory of a debug build, its
/// heap and 200 connections.
constexpr std::size_t kMemoryBeside = std::size_t{64} << 20;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

void set_memory_limit(const Place& place, unsigned mebibytes, Patience patience) {
  Stream stream{place.plain, Stream::Kind::plain, patience};
  stream.send(fmt::format("cache_memlimit {}\r\n", mebibytes));
  if (const auto line = stream.line(); line != "OK")
    throw Violation{fmt::format("cache_memlimit: '{}'", line)};
}

/// Sends the command that ends the server, which -A allows. A server that is full of clients may
/// refuse this one; then a signal ends it.
void shut_down(const Place& place, std::string_view command, Patience patience) try {
  Stream stream{place.plain, Stream::Kind::plain, patience};
  stream.send(fmt::format("{}\r\n", command));
  stream.rest();
} catch (const Closed&) {
  ::kill(place.process, SIGTERM);
}

/// Waits for what must come in time. False: it hasn't.
bool comes(std::chrono::seconds time, const auto& condition) {
  for (const auto deadline = Clock::now() + time; !condition();) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(kGlance);
  }
  return true;
}

/// How a server ends whose last snapshot a second signal has abandoned.
constexpr const char* kAbandoned = "exit code 71";

}  // namespace

Lives::Lives(const Options& options, Run& run)
    : options_(options), run_(run), random_(options.seed) {
  std::filesystem::remove(run.folder / "snapshot");
  test::write_certificate(run.folder / "certificate", "localhost");
}

void Lives::live() {
  const auto end = Clock::now() + options_.seconds;
  try {
    while (Clock::now() < end && !run_.findings.any())
      live_once(std::min(end, Clock::now() + options_.life));
  } catch (const std::runtime_error& error) {
    run_.findings.add("the run", error.what());
  }
  run_.target.end_run();
}

void Lives::live_once(Clock::time_point until) {
  const bool has_snapshot = std::filesystem::exists(run_.folder / "snapshot");
  run_.target.set_loaded(!has_snapshot);
  ServerProcess server{launch(), options_.patience};
  auto place = server.place();
  place.life = ++life_;
  place.history = history_;
  // The server keeps its snapshot open, from the first save on.
  const auto idle = server.descriptors() + (has_snapshot ? 0 : 1);
  const auto begun = Clock::now();
  run_.target.open(place);
  watch(server, begun + (until - begun) / 2);
  if (run_.findings.any()) return examine(server);
  run_.target.pause();
  if (!run_.findings.any()) settle(server, idle);
  run_.target.open(place);
  watch(server, until);
  if (run_.findings.any()) return examine(server);
  stop(server);
}

/// TLS and UDP exclude each other, so that lives take turns; and each differs a little from the
/// last.
Launch Lives::launch() {
  const auto settings = settings_file(run_).string();
  std::ofstream{settings} << fmt::format("memory-limit = {}\n", run_.memory);
  const auto certificate = (run_.folder / "certificate").string();
  std::vector<std::string> flags{"--config",
                                 settings,
                                 "-p",
                                 "-1",
                                 "--http",
                                 "127.0.0.1:0",
                                 "-v",
                                 "-A",
                                 "--snapshot",
                                 (run_.folder / "snapshot").string(),
                                 "-t",
                                 fmt::to_string(options_.threads),
                                 "-c",
                                 fmt::to_string(run_.connections),
                                 "--drain-timeout",
                                 fmt::to_string(kDrain.count()),
                                 "-o",
                                 "track_sizes"};
  const std::vector<std::string> tls{
      "-Z", "-o", fmt::format("ssl_chain_cert={},ssl_key={}", certificate, certificate), "-l",
      "notls:127.0.0.1,127.0.0.1"};
  const std::vector<std::string> udp{"-U", "-1", "-l", "127.0.0.1"};
  const auto& added = life_ % 2 == 0 ? tls : udp;
  flags.insert(flags.end(), added.begin(), added.end());
  constexpr auto kVariations = std::to_array<std::array<const char*, 2>>(
      {{"-R", "1"}, {"-R", "1000"}, {"-o", "eviction=lru"}, {"-o", "modern"}, {"-D", ":"}});
  const auto& varied = random_.pick(kVariations);
  flags.insert(flags.end(), varied.begin(), varied.end());
  if (::geteuid() == 0) flags.insert(flags.end(), {"-u", "root"});
  return {.program = options_.server, .folder = run_.folder, .flags = flags};
}

/// Until then, or until something is found.
void Lives::watch(ServerProcess& server, Clock::time_point until) {
  while (Clock::now() < until && !run_.findings.any()) {
    if (const auto how = server.ended())
      return run_.findings.add("the server", "has ended by itself: " + *how);
    if (!run_.target.loaded()) run_.target.set_loaded(server.has_loaded());
    std::this_thread::sleep_for(kGlance);
  }
}

/// After a finding: a server that has crashed says why, perhaps at length.
void Lives::examine(ServerProcess& server) {
  constexpr std::chrono::seconds kLastWords{3};
  run_.target.stop_life();
  judge(server, server.wait(kLastWords).value_or(kExitedWell));
}

/// With no clients left and a low limit, the server gives back what it took.
void Lives::settle(ServerProcess& server, std::size_t descriptors_when_idle) {
  const auto least = run_.memory / 8;
  set_memory_limit(server.place(), least, run_.patience);
  const auto bound = (std::size_t{least} << 20) + kMemoryBeside;
  if (!comes(options_.patience, [&] { return server.descriptors() <= descriptors_when_idle; }))
    run_.findings.add("the run",
                      fmt::format("{} descriptors are open without clients, {} were at first",
                                  server.descriptors(), descriptors_when_idle));
  if (!kSanitized && !comes(options_.patience, [&] { return server.resident_bytes() <= bound; }))
    run_.findings.add("the run", fmt::format("{} MiB are resident without clients at a limit of {}",
                                             server.resident_bytes() >> 20, least));
  set_memory_limit(server.place(), run_.memory, run_.patience);
}

/// While clients go on sending.
void Lives::stop(ServerProcess& server) {
  constexpr std::array kSignals{SIGTERM, SIGINT, SIGUSR1};
  run_.target.stop_life();
  if (random_.chance(0.25))
    shut_down(server.place(), random_.chance(0.5) ? "shutdown" : "shutdown graceful",
              run_.patience);
  else
    server.signal(random_.pick(kSignals));
  const bool insists = random_.chance(0.25);
  if (insists) insist(server);
  const auto how = server.wait(kDrain + options_.patience);
  run_.target.pause();
  if (!how) return run_.findings.add("the run", "the server does not stop");
  if (std::filesystem::exists(run_.folder / "snapshot.unfinished"))
    run_.findings.add("the run", "a snapshot that is not whole was left behind");
  judge(server, insists && *how == kAbandoned ? kExitedWell : *how);
}

/// A second signal voids what clients were promised, for the snapshot may be an older one then.
void Lives::insist(const ServerProcess& server) {
  std::this_thread::sleep_for(std::chrono::milliseconds{random_.below(1000)});
  server.signal(SIGTERM);
  ++history_;
}

void Lives::judge(const ServerProcess& server, const std::string& how) {
  const auto log = server.log();
  const auto report = report_in(log);
  if (!report.empty()) run_.findings.add("the server", report);
  if (report.empty() && how != kExitedWell)
    run_.findings.add(
        "the server",
        fmt::format("ended with {}; it had printed last:\n{}", how,
                    log.substr(log.size() - std::min<std::size_t>(log.size(), 2000))));
  run_.findings.count("lives");
}

}  // namespace cocached::stress
