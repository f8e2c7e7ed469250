#include "http/json.hpp"

#include "tests/http/fake_source.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace cocached::http {
namespace {

TEST(StatsJson, KeepsNumbersAndText) {
  const auto document = nlohmann::json::parse(stats_json(example_snapshot()));
  EXPECT_EQ(document["stats"]["uptime"], 7);
  EXPECT_EQ(document["stats"]["version"], "1.2.3");
  EXPECT_EQ(document["stats"]["rusage_user"], 0.25);
  EXPECT_EQ(document["settings"]["lru_crawler"], "yes");
}

TEST(StatsJson, ShowsStoreAndThreads) {
  const auto document = nlohmann::json::parse(stats_json(example_snapshot()));
  EXPECT_EQ(document["store"]["memory"]["live"], 600);
  EXPECT_EQ(document["store"]["eviction"]["ghost_hits"], 4);
  ASSERT_EQ(document["threads"].size(), 2U);
  EXPECT_EQ(document["threads"][1]["connections"], 3);
}

TEST(StatsJson, ShowsNamespaces) {
  const auto document = nlohmann::json::parse(stats_json(example_snapshot()));
  EXPECT_EQ(document["namespaces"].size(), 2U);
  EXPECT_EQ(document["namespaces"]["user"]["items"], 4);
  EXPECT_EQ(document["namespaces"]["user"]["generation"], 2);
  EXPECT_EQ(document["namespaces"]["user"]["cmd_get"], 7);
}

TEST(StatsJson, KeepsTheOrderOfStats) {
  const auto text = stats_json(example_snapshot());
  EXPECT_LT(text.find("\"uptime\""), text.find("\"version\""));
  EXPECT_LT(text.find("\"version\""), text.find("\"rusage_user\""));
}

TEST(StatsJson, SurvivesTextThatIsNotUtf8) {
  auto snapshot = example_snapshot();
  snapshot.settings.emplace_back("memory_file", "\xff\xfe");
  EXPECT_TRUE(nlohmann::json::accept(stats_json(snapshot)));
}

}  // namespace
}  // namespace cocached::http
