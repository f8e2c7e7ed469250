#include "http/json/history.hpp"

#include "tests/http/fake_source.hpp"
#include "tests/support/manual_clock.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace cocached::http {
namespace {

using namespace std::chrono_literals;
using command::Count;
using nlohmann::json;

/// A history of a made-up server, on a clock that is turned by hand.
class HistoryTest : public ::testing::Test {
 protected:
  void record() { history.record(server); }
  void pass_and_record(base::Duration time = 5s) {
    clock.pass(time);
    record();
  }
  json shown() const { return json::parse(history.json()); }
  json series(const char* name) const { return shown()["series"][name]; }

  test::ManualClock clock;
  Snapshot server = example_snapshot();
  History history{clock, {.step = 5s, .points = 4}};
};

TEST_F(HistoryTest, HasNoPointAfterTheFirstReading) {
  record();
  EXPECT_EQ(shown()["at_ms"], json::array());
  EXPECT_EQ(series("get"), json::array());
  EXPECT_EQ(shown()["step_ms"], 5000);
  EXPECT_EQ(shown()["points"], 4);
}

TEST_F(HistoryTest, MakesRatesOfCounters) {
  record();
  server.totals.add(Count::get, 50);
  server.totals.add(Count::delete_hit, 6);
  server.totals.add(Count::delete_miss, 4);
  server.totals.add(Count::bytes_written, 1'000'000);
  server.store.evictions += 1;
  pass_and_record();
  EXPECT_EQ(series("get"), json::array({10}));
  EXPECT_EQ(series("delete"), json::array({2}));
  EXPECT_EQ(series("bytes_written"), json::array({200'000}));
  EXPECT_EQ(series("evictions"), json::array({0.2}));
  EXPECT_EQ(series("touch"), json::array({0}));
}

TEST_F(HistoryTest, CountsRatesOverTheTimeThatReallyWentBy) {
  record();
  server.totals.add(Count::get, 50);
  pass_and_record(10s);
  EXPECT_EQ(series("get"), json::array({5}));
}

TEST_F(HistoryTest, ShowsGaugesAsTheyStand) {
  record();
  server.store.items = 7;
  server.store.memory_used = 4096;
  server.totals.add(Count::connection_opened, 5);
  server.totals.add(Count::connection_closed, 2);
  pass_and_record();
  EXPECT_EQ(series("items"), json::array({7}));
  EXPECT_EQ(series("memory_used"), json::array({4096}));
  EXPECT_EQ(series("connections"), json::array({3}));
}

TEST_F(HistoryTest, KnowsNoHitRatioWhereNothingWasAskedFor) {
  record();
  server.totals.add(Count::get_hit, 3);
  server.totals.add(Count::get_miss, 1);
  pass_and_record();
  pass_and_record();
  EXPECT_EQ(series("hit_ratio"), json::array({0.75, nullptr}));
}

TEST_F(HistoryTest, MeasuresCpuInCores) {
  record();
  server.stats.push_back({"rusage_system", "1.500000"});
  pass_and_record(3s);
  EXPECT_EQ(series("cpu_user"), json::array({0}));
  EXPECT_EQ(series("cpu_system"), json::array({0.5}));
}

/// Records `count` commands that took about a microsecond.
void take_a_microsecond(insight::LatencyTotals& totals, std::uint64_t count) {
  totals.add(insight::LatencyBuckets::index(1024), count);
}

TEST_F(HistoryTest, TellsHowLongTheCommandsOfAStepTook) {
  auto& gets = server.latencies[insight::Family::get];
  gets.add(insight::LatencyBuckets::index(1 << 30), 1'000);  // long ago
  record();
  take_a_microsecond(gets, 100);
  pass_and_record();
  EXPECT_NEAR(series("latency_get_p50")[0], 1.05e-6, 0.03e-6);
  EXPECT_NEAR(series("latency_get_p999")[0], 1.05e-6, 0.03e-6);
}

TEST_F(HistoryTest, KnowsNoLatencyOfCommandsThatDidNotCome) {
  take_a_microsecond(server.latencies[insight::Family::get], 100);
  record();
  pass_and_record();
  EXPECT_EQ(series("latency_get_p50"), json::array({nullptr}));
  EXPECT_EQ(series("latency_set_p99"), json::array({nullptr}));
}

TEST_F(HistoryTest, TellsLatencyAfterAReset) {
  take_a_microsecond(server.latencies[insight::Family::set], 100);
  record();
  server.latencies = {};
  take_a_microsecond(server.latencies[insight::Family::set], 50);
  pass_and_record();
  EXPECT_NEAR(series("latency_set_p50")[0], 1.05e-6, 0.03e-6);
}

TEST_F(HistoryTest, CountsFromZeroAfterAReset) {
  server.totals.add(Count::get, 1'000);
  server.store.evictions = 500;
  record();
  server.totals.set(Count::get, 20);
  server.store.evictions = 0;
  pass_and_record();
  EXPECT_EQ(series("get"), json::array({4}));
  EXPECT_EQ(series("evictions"), json::array({0}));
}

TEST_F(HistoryTest, ForgetsTheOldestPoint) {
  record();
  for (unsigned i = 1; i <= 6; ++i) {
    server.store.items = i;
    pass_and_record();
  }
  EXPECT_EQ(series("items"), json::array({3, 4, 5, 6}));
}

TEST_F(HistoryTest, DatesPointsByTheWallClock) {
  record();
  pass_and_record();
  clock.pass(2s);
  const auto end = test::ManualClock::kWallStart + 5s;
  EXPECT_EQ(shown()["at_ms"], json::array({end.time_since_epoch().count()}));
  EXPECT_EQ(shown()["now_ms"], (end + 2s).time_since_epoch().count());
}

TEST_F(HistoryTest, StaysRightWhenTheWallClockIsSet) {
  record();
  server.totals.add(Count::get, 50);
  clock.set_wall(test::ManualClock::kWallStart - 1h);
  pass_and_record();
  EXPECT_EQ(series("get"), json::array({10}));
}

TEST_F(HistoryTest, MakesNoPointOfNoTime) {
  record();
  record();
  EXPECT_EQ(shown()["at_ms"], json::array());
}

TEST_F(HistoryTest, HasColumnsOfEqualLength) {
  record();
  for (int i = 0; i < 3; ++i) pass_and_record();
  const auto document = shown();
  EXPECT_EQ(document["series"].size(), History::kSeries);
  for (const auto& column : document["series"]) EXPECT_EQ(column.size(), document["at_ms"].size());
}

}  // namespace
}  // namespace cocached::http
