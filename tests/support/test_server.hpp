#pragma once

#include "base/memory_ledger.hpp"
#include "command/allowed_protocols.hpp"
#include "command/environment.hpp"
#include "insight/key_watch.hpp"
#include "insight/latency.hpp"
#include "tests/support/manual_clock.hpp"

#include <atomic>
#include <new>
#include <optional>
#include <vector>

namespace cocached::test {

/// The server around the commands, as far as a test needs one. Remembers the orders of commands.
class FakeServerView final : public command::ServerView {
 public:
  FakeServerView(const command::Counters& counters, const insight::LatencyRecorder& latency)
      : counters_(counters), latency_(latency) {}

  command::Totals totals() const override {
    command::Totals totals;
    counters_.add_to(totals);
    return totals;
  }
  insight::Latencies latencies() const override {
    insight::Latencies latencies;
    latency_.add_to(latencies);
    return latencies;
  }
  std::optional<insight::HotKeys> hot_keys() const override { return hot; }
  insight::MissRatioCurve miss_ratio_curve() const override { return curve; }
  void reset_totals() override { ++resets; }
  command::StatList general() const override { return {{"pid", "42"}}; }
  command::StatList limits() const override { return {{"accepting_conns", "1"}}; }
  command::StatList settings() const override {
    if (out_of_memory) throw std::bad_alloc{};
    return {{"maxconns", "1024"}};
  }
  std::vector<command::ConnectionInfo> connections(command::ConnectionCursor& cursor,
                                                   std::size_t count) const override {
    std::vector<command::ConnectionInfo> some;
    for (; cursor.next < open.size() && some.size() < count; ++cursor.next)
      some.push_back(open[cursor.next]);
    cursor.over = cursor.next == open.size();
    return some;
  }
  void set_verbosity(unsigned level) override { verbosity = level; }
  bool has_tls() const override { return tls_enabled; }
  command::StatList watching() const override { return {{"log_watchers", "0"}}; }
  command::StatList tls() const override { return {}; }
  command::StatList snapshots() const override { return {{"snapshot_loading", "0"}}; }
  std::string refresh_certificates() override { return certificate_error; }
  void shut_down(bool graceful) override { (graceful ? graceful_stops : stops)++; }

  std::vector<command::ConnectionInfo> open;
  bool tls_enabled = false;
  bool out_of_memory = false;  ///< makes `settings` run out of memory
  std::string certificate_error;
  std::optional<insight::HotKeys> hot;
  insight::MissRatioCurve curve;
  std::atomic<unsigned> resets{0}, verbosity{0}, stops{0}, graceful_stops{0};

 private:
  const command::Counters& counters_;
  const insight::LatencyRecorder& latency_;
};

/// The settings of a TestServer.
struct Setup {
  store::StoreOptions store{.memory_limit = std::size_t{16} << 20, .threads = 1};
  command::Policy policy{};   ///< its max_value_size also bounds the store's values
  bool prefix_stats = false;  ///< as with the flag `-D`
  command::Protocols protocols = command::Protocols::any;  ///< the protocols that clients may speak
  command::Gatekeeper* gatekeeper = nullptr;               ///< null if clients need no login
  command::ManagedBuckets* buckets = nullptr;              ///< null unless it is a managed instance
  std::size_t watcher_buffer = command::Watchers::kDefaultBuffer;
  std::size_t client_memory = 0;       ///< limit of the ledger in bytes; 0: no limit
  std::size_t arriving_of_others = 0;  ///< bytes of the store that other arriving values hold
};

inline Setup with(const command::Policy& policy) {
  Setup setup;
  setup.policy = policy;
  return setup;
}

/// A server without sockets and threads: one worker's environment with a real store and a clock
/// that the test moves.
class TestServer {
 public:
  explicit TestServer(const Setup& setup = {})
      : policy(setup.policy),
        protocols(setup.protocols),
        ledger(setup.client_memory),
        watchers(clock, setup.watcher_buffer),
        store(store_options(setup)),
        view(counters, latency),
        environment{{store, clock, view, policy, setup.gatekeeper, setup.buckets, &watchers},
                    counters,
                    latency,
                    keys},
        arriving_of_others(store.share_for_arrival(setup.arriving_of_others)) {}

  std::uint64_t count(command::Count count) const { return view.totals()[count]; }

  const command::Policy policy;
  const command::Protocols protocols;
  base::MemoryLedger ledger;
  ManualClock clock;
  command::Watchers watchers;
  store::Store store;
  command::Counters counters;
  insight::LatencyRecorder latency;
  insight::MissRatioSimulator miss_ratio;
  insight::KeyWatch keys{miss_ratio, true};
  FakeServerView view;
  command::Environment environment;
  std::optional<store::Arrivals::Share> arriving_of_others;

 private:
  store::StoreOptions store_options(const Setup& setup) {
    auto options = setup.store;
    options.observer = &watchers;
    options.max_value_size = setup.policy.max_value_size;
    options.track_all_namespaces = setup.prefix_stats;
    return options;
  }
};

}  // namespace cocached::test
