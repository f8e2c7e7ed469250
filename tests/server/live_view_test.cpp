#include "server/live_view.hpp"

#include "base/clock.hpp"
#include "tests/support/test_server.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace cocached::server {
namespace {

/// The view of a server whose snapshot waits to be loaded until `load` is called.
struct ViewTest : ::testing::Test {
  ViewTest() {
    store::Store store{store_options};
    Snapshots saved{store, clock, file, std::chrono::seconds{0}};
    saved.start();
    EXPECT_EQ(saved.finish(), std::nullopt);
    snapshots = std::make_unique<Snapshots>(loaded, clock, file, std::chrono::seconds{0});
  }
  ~ViewTest() override {
    snapshots.reset();
    std::filesystem::remove(file);
  }

  void load() {
    snapshots->start();
    while (!snapshots->loaded()) std::this_thread::yield();
  }

  View view() {
    return View{{settings, services, *snapshots, workers, dispatcher, nullptr, [] {}}};
  }

  const store::StoreOptions store_options{.memory_limit = std::size_t{16} << 20, .threads = 1};
  const std::string file = ::testing::TempDir() + "view" + std::to_string(getpid());
  Settings settings;
  base::SystemClock clock;
  store::Store loaded{store_options};
  std::unique_ptr<Snapshots> snapshots;
  command::Watchers watchers{clock};
  insight::MissRatioSimulator miss_ratio;
  command::Counters counters;
  insight::LatencyRecorder latency;
  std::vector<std::unique_ptr<net::Worker>> workers;
  net::Dispatcher dispatcher{workers, 10, false};
  base::MemoryLedger ledger;
  const command::Policy policy;
  test::FakeServerView commands_view{counters, latency};
  const net::WorkerServices services{
      {loaded, clock, commands_view, policy, nullptr, nullptr, &watchers}, miss_ratio, ledger};
};

TEST_F(ViewTest, IsLoadingUntilTheSnapshotIsLoaded) {
  const auto shown = view();
  EXPECT_TRUE(shown.loading().has_value());
  load();
  EXPECT_FALSE(shown.loading().has_value());
}

TEST_F(ViewTest, IsReadyWhileItLoadsIfSettingsSaySo) {
  settings.ready_while_loading = true;
  EXPECT_FALSE(view().loading().has_value());
  EXPECT_FALSE(snapshots->loaded());
}

}  // namespace
}  // namespace cocached::server
