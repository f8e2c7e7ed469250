#include "http/metrics/metrics.hpp"

#include "tests/http/fake_source.hpp"

#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream{text};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(Metrics, ShowFieldsOfStats) {
  const auto text = metrics(example_snapshot());
  EXPECT_THAT(text, HasSubstr("# TYPE memcached_uptime_seconds counter\n"
                              "memcached_uptime_seconds 7\n"));
  EXPECT_THAT(text, HasSubstr("memcached_process_user_cpu_seconds_total 0.250000\n"));
  EXPECT_THAT(text, HasSubstr("memcached_version{version=\"1.2.3\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("memcached_commands_total{command=\"get\",status=\"hit\"} 30\n"));
}

TEST(Metrics, ShowHowManyLinesOfTheLogWereDropped) {
  auto snapshot = example_snapshot();
  snapshot.stats.emplace_back("log_lines_dropped", "12");
  EXPECT_THAT(metrics(snapshot), HasSubstr("# TYPE cocached_log_lines_dropped_total counter\n"
                                           "cocached_log_lines_dropped_total 12\n"));
}

TEST(Metrics, CountCasApartFromSet) {
  EXPECT_THAT(metrics(example_snapshot()),
              HasSubstr("memcached_commands_total{command=\"set\",status=\"hit\"} 6\n"));
}

TEST(Metrics, ShowNamespaces) {
  const auto text = metrics(example_snapshot());
  EXPECT_THAT(text, HasSubstr("cocached_namespace_bytes{namespace=\"user\"} 120\n"));
  EXPECT_THAT(text, HasSubstr("cocached_namespace_flushes_total{namespace=\"user\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("cocached_namespace_bytes{namespace=\"50%25%20%FF\"} 0\n"));
}

TEST(Metrics, WithoutNamespacesHaveNoFamiliesOfThem) {
  auto snapshot = example_snapshot();
  snapshot.namespaces.clear();
  EXPECT_THAT(metrics(snapshot), Not(HasSubstr("cocached_namespace_")));
  EXPECT_THAT(metrics(snapshot), HasSubstr("\ncocached_namespaces 12\n"));
}

TEST(Metrics, NeverCountBelowZero) {
  auto snapshot = example_snapshot();
  snapshot.totals.add(command::Count::cas_bad_value, 100);
  EXPECT_THAT(metrics(snapshot),
              HasSubstr("memcached_commands_total{command=\"set\",status=\"hit\"} 0\n"));
}

TEST(Metrics, LeaveOutWhatIsUnknown) {
  EXPECT_THAT(metrics(example_snapshot()), Not(HasSubstr("memcached_conn_yields")));
}

TEST(Metrics, ShowAnswersOfSettingsAsNumbers) {
  EXPECT_THAT(metrics(example_snapshot()), HasSubstr("memcached_lru_crawler_enabled 1\n"));
}

TEST(Metrics, HaveNoCrawlerSeriesWithoutCrawler) {
  auto snapshot = example_snapshot();
  snapshot.settings = {{"lru_crawler", "no"}};
  EXPECT_THAT(metrics(snapshot), Not(HasSubstr("memcached_lru_crawler")));
}

TEST(Metrics, ShowOneClass) {
  const auto text = metrics(example_snapshot());
  EXPECT_THAT(text, HasSubstr("memcached_slab_current_items{slab=\"1\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("memcached_slab_chunks_free{slab=\"1\"} 400\n"));
  EXPECT_THAT(text, HasSubstr("memcached_slab_lru_hits_total{slab=\"1\",lru=\"hot\"} 8\n"));
  EXPECT_THAT(text, HasSubstr("memcached_malloced_bytes 1000\n"));
}

TEST(Metrics, HaveNoClassWithoutItems) {
  auto snapshot = example_snapshot();
  snapshot.items.clear();
  snapshot.slabs = {{"total_malloced", "0"}};
  EXPECT_THAT(metrics(snapshot), Not(HasSubstr("memcached_slab")));
}

TEST(Metrics, ShowTheStoresOwnFigures) {
  const auto text = metrics(example_snapshot());
  EXPECT_THAT(text, HasSubstr("cocached_ghost_hits_total 4\n"));
  EXPECT_THAT(text, HasSubstr("cocached_memory_bytes{part=\"live\"} 600\n"));
  EXPECT_THAT(text, HasSubstr("cocached_thread_connections{thread=\"1\"} 3\n"));
}

TEST(Metrics, ShowWhatThreadsAndBuffersDo) {
  auto snapshot = example_snapshot();
  snapshot.stats.emplace_back("read_buf_bytes", "65536");
  const auto text = metrics(snapshot);
  EXPECT_THAT(text, HasSubstr("cocached_thread_loop_lag_seconds{thread=\"0\"} 0.000250\n"));
  EXPECT_THAT(text, HasSubstr("cocached_thread_loop_lag_seconds{thread=\"1\"} 0.002000\n"));
  EXPECT_THAT(text, HasSubstr("cocached_buffer_bytes 65536\n"));
}

TEST(Metrics, ShowSnapshotsWhereThereIsAFile) {
  auto snapshot = example_snapshot();
  EXPECT_THAT(metrics(snapshot), Not(HasSubstr("cocached_snapshot")));
  for (const auto* name : {"interval", "loading", "loaded_items", "saves", "failures", "failing",
                           "last_success", "last_seconds", "last_bytes", "last_items"})
    snapshot.stats.emplace_back(std::string{"snapshot_"} + name, "7");
  const auto text = metrics(snapshot);
  for (const auto* name :
       {"interval_seconds", "loading", "loaded_items", "saves_total", "failures_total", "failing",
        "last_success_timestamp_seconds", "last_duration_seconds", "last_bytes", "last_items"})
    EXPECT_THAT(text, HasSubstr(std::string{"cocached_snapshot_"} + name + " 7\n"));
}

TEST(Metrics, ShowLatencyAsAHistogram) {
  const auto text = metrics(example_snapshot());
  const std::string name = "cocached_command_duration_seconds";
  EXPECT_THAT(text, HasSubstr("# TYPE " + name + " histogram\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{command=\"get\",le=\"1.024e-06\"} 3\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{command=\"get\",le=\"0.001048576\"} 3\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{command=\"get\",le=\"0.002097152\"} 4\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{command=\"get\",le=\"+Inf\"} 4\n"));
  EXPECT_THAT(text, HasSubstr(name + "_sum{command=\"get\"} 0.002003000\n"));
  EXPECT_THAT(text, HasSubstr(name + "_count{command=\"get\"} 4\n"));
  EXPECT_THAT(text, HasSubstr(name + "_count{command=\"touch\"} 0\n"));
}

TEST(Metrics, ShowWhatOtherMemoryLimitsWouldBring) {
  const auto text = metrics(example_snapshot());
  EXPECT_THAT(text, HasSubstr("cocached_predicted_hit_ratio{scale=\"0.5\"} 0.500000\n"));
  EXPECT_THAT(text, HasSubstr("cocached_predicted_hit_ratio{scale=\"4\"} 0.875000\n"));
}

TEST(Metrics, DescribeEachFamilyOnceBeforeItsSamples) {
  std::set<std::string> described;
  std::string family;
  for (const auto& line : lines_of(metrics(example_snapshot()))) {
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(described.insert(family).second) << line;
    } else if (!line.starts_with("# TYPE ")) {
      auto name = line.substr(0, line.find_first_of("{ "));
      for (const auto* of_histogram : {"_bucket", "_sum", "_count"})
        if (family.ends_with("_seconds") && name == family + of_histogram) name = family;
      EXPECT_EQ(name, family) << line;
    }
  }
}

TEST(Metrics, EndCountersInTotalWhereTheyAreOurs) {
  for (const auto& line : lines_of(metrics(example_snapshot()))) {
    if (!line.starts_with("# TYPE cocached_") || !line.ends_with(" counter")) continue;
    EXPECT_THAT(line, HasSubstr("_total counter"));
  }
}

}  // namespace
}  // namespace cocached::http
