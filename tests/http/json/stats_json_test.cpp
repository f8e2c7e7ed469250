#include "http/json/stats_json.hpp"

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
  EXPECT_EQ(document["namespace_count"], 12);
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

TEST(StatsJson, ShowsLatencyInSeconds) {
  const auto document = nlohmann::json::parse(stats_json(example_snapshot()));
  const auto& get = document["latency"]["get"];
  EXPECT_EQ(get["count"], 4);
  EXPECT_NEAR(get["p50"], 1e-6, 0.06e-6);
  EXPECT_NEAR(get["max"], 2e-3, 0.12e-3);
  EXPECT_NEAR(get["mean"], 2003e-6 / 4, 1e-9);
  for (const auto* family : {"set", "delete", "arithmetic", "touch", "other"})
    EXPECT_EQ(document["latency"][family]["count"], 0) << family;
}

TEST(HotKeysJson, ShowsBothOrders) {
  const auto document = nlohmann::json::parse(hot_keys_json(example_hot_keys()));
  EXPECT_EQ(document["enabled"], true);
  EXPECT_EQ(document["by_operations"][0]["key"], "often");
  EXPECT_EQ(document["by_operations"][0]["share"], 0.375);
  EXPECT_EQ(document["by_bytes"][0]["bytes"], 4000);
  EXPECT_EQ(document["by_bytes"][0]["share"], 0.5);
}

TEST(HotKeysJson, ShowsKeysThatAreNotPlainInBase64AsWell) {
  const auto document = nlohmann::json::parse(hot_keys_json(example_hot_keys()));
  EXPECT_EQ(document["by_bytes"][0]["key"], "large\ufffd");
  EXPECT_EQ(document["by_bytes"][0]["base64"], "bGFyZ2X/");
  EXPECT_FALSE(document["by_bytes"][1].contains("base64"));
}

TEST(MissRatioJson, ShowsThePoints) {
  const auto document = nlohmann::json::parse(miss_ratio_json(example_curve()));
  EXPECT_EQ(document["gets"], 50000);
  EXPECT_EQ(document["measured_hit_ratio"], 0.75);
  ASSERT_EQ(document["points"].size(), 4U);
  EXPECT_EQ(document["points"][2]["scale"], 2);
  EXPECT_EQ(document["points"][2]["hit_ratio"], 0.875);
}

TEST(KeysJson, ShowsAPage) {
  const KeyPage page{
      .keys = {{.key = "a", .size = 3, .ttl = std::chrono::seconds{60}, .idle = {}},
               {.key = "large\xff", .size = 0, .ttl = {}, .idle = std::chrono::seconds{5}}},
      .next = 18446744073709551615U};
  const auto document = nlohmann::json::parse(keys_json(page));
  EXPECT_EQ(document["keys"][0],
            (nlohmann::json{{"key", "a"}, {"size", 3}, {"ttl", 60}, {"idle", 0}}));
  EXPECT_EQ(document["keys"][1]["base64"], "bGFyZ2X/");
  EXPECT_TRUE(document["keys"][1]["ttl"].is_null());
  EXPECT_EQ(document["keys"][1]["idle"], 5);
  EXPECT_EQ(document["cursor"], "18446744073709551615");
  EXPECT_TRUE(nlohmann::json::parse(keys_json({}))["cursor"].is_null());
}

TEST(HotKeysJson, SaysThatTheyAreOff) {
  EXPECT_EQ(nlohmann::json::parse(hot_keys_json({})), (nlohmann::json{{"enabled", false}}));
}

}  // namespace
}  // namespace cocached::http
