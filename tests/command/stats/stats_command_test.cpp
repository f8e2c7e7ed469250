#include "command/stats/general_stats.hpp"
#include "tests/support/conversation.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::command {
namespace {

using namespace std::chrono_literals;
using test::Client;
using test::converse;
using test::TestServer;
using test::with;
using testing::EndsWith;
using testing::HasSubstr;

TEST(StatsTest, GeneralFiguresOfServerAndStore) {
  TestServer server;
  Client client{server};
  client.send("set a 0 0 1\r\n1\r\nget a b\r\n");
  const auto reply = client.send("stats\r\n");
  for (const auto* line :
       {"STAT pid 42\r\n", "STAT accepting_conns 1\r\n", "STAT cmd_get 2\r\n", "STAT cmd_set 1\r\n",
        "STAT get_hits 1\r\n", "STAT get_misses 1\r\n", "STAT curr_items 1\r\n",
        "STAT total_items 1\r\n", "STAT evictions 0\r\n", "STAT limit_maxbytes 16777216\r\n"})
    EXPECT_THAT(reply, HasSubstr(line));
  EXPECT_THAT(reply, EndsWith("\r\nEND\r\n"));
}

TEST(StatsTest, EveryLineIsANameAndAValue) {
  TestServer server;
  Client client{server};
  client.send("set a 0 0 1\r\n1\r\n");
  for (const auto* what :
       {"stats\r\n", "stats items\r\n", "stats slabs\r\n", "stats settings\r\n"}) {
    std::string reply = client.send(what);
    ASSERT_THAT(reply, EndsWith("END\r\n"));
    reply.resize(reply.size() - 5);
    for (std::size_t at = 0; at < reply.size(); at = reply.find('\n', at) + 1)
      EXPECT_TRUE(reply.substr(at).starts_with("STAT ")) << reply.substr(at, 40);
    EXPECT_FALSE(reply.empty()) << what;
  }
}

TEST(StatsTest, AnEmptyStore) {
  converse({{"stats items\r\n", "END\r\n"}});
  TestServer server;
  Client client{server};
  EXPECT_THAT(client.send("stats slabs\r\n"), HasSubstr("STAT active_slabs 0\r\n"));
}

TEST(StatsTest, AnEmptiedCacheKeepsItsClassAndItsCounters) {
  TestServer server;
  Client client{server};
  client.send("set a 0 0 1\r\n1\r\nget a\r\ndelete a\r\n");
  EXPECT_EQ(client.send("stats items\r\n"), "END\r\n");
  const auto slabs = client.send("stats slabs\r\n");
  EXPECT_THAT(slabs, HasSubstr("STAT 1:get_hits 1\r\n"));
  EXPECT_THAT(slabs, HasSubstr("STAT 1:cmd_set 1\r\n"));
  EXPECT_THAT(slabs, HasSubstr("STAT active_slabs 1\r\n"));
  EXPECT_FALSE(item_stats(server.view, server.store).empty());  // the scraper's series go on
}

TEST(StatsTest, SlabsAgreeWithThemselves) {
  TestServer server;
  Client client{server};
  client.send("set a 0 0 1\r\n1\r\n");
  const auto slabs = client.send("stats slabs\r\n");
  const auto number = [&](std::string_view field) {
    const auto name = fmt::format("STAT {} ", field);
    return std::stoull(slabs.substr(slabs.find(name) + name.size()));
  };
  EXPECT_GT(number("1:total_pages"), 0U);
  EXPECT_EQ(number("1:total_pages") * number("1:chunks_per_page"), number("1:total_chunks"));
  EXPECT_EQ(number("1:used_chunks") + number("1:free_chunks"), number("1:total_chunks"));
  EXPECT_EQ(number("1:total_chunks") * number("1:chunk_size"), number("total_malloced"));
}

TEST(StatsTest, LatencyByFamily) {
  TestServer server;
  server.latency.begin();
  server.latency.count(insight::Family::get);
  server.latency.count(insight::Family::get);
  server.latency.end();
  Client client{server};
  const auto reply = client.send("stats latency\r\n");
  EXPECT_THAT(reply, testing::StartsWith("STAT get:count 2\r\nSTAT get:mean_us "));
  for (const auto* family : {"get", "set", "delete", "arithmetic", "touch", "other"})
    for (const auto* field :
         {"count", "mean_us", "p50_us", "p90_us", "p99_us", "p999_us", "max_us"})
      EXPECT_THAT(reply, HasSubstr(fmt::format("STAT {}:{} ", family, field)));
  EXPECT_THAT(reply, HasSubstr("STAT touch:p99_us 0.000\r\n"));
  EXPECT_THAT(reply, EndsWith("END\r\n"));
}

TEST(StatsTest, HotKeys) {
  TestServer server;
  Client client{server};
  EXPECT_EQ(client.send("stats hotkeys\r\n"), "CLIENT_ERROR stats hotkeys not allowed\r\n");
  server.view.hot = insight::HotKeys{.window = 90s,
                                     .operations = 10,
                                     .bytes = 500,
                                     .by_operations = {{"a\r\nb%", 7, 70}},
                                     .by_bytes = {{"c", 1, 400}}};
  EXPECT_EQ(client.send("stats hotkeys\r\n"),
            "STAT seconds 90\r\nSTAT operations 10\r\nSTAT bytes 500\r\n"
            "STAT operations:1:key a%0D%0Ab%25\r\nSTAT operations:1:operations 7\r\n"
            "STAT operations:1:bytes 70\r\n"
            "STAT bytes:1:key c\r\nSTAT bytes:1:operations 1\r\nSTAT bytes:1:bytes 400\r\n"
            "END\r\n");
}

TEST(StatsTest, MissRatioCurve) {
  TestServer server;
  Client client{server};
  server.view.curve = {.sampling_rate = 0.25,
                       .keys = 100,
                       .gets = 1000,
                       .measured_hit_ratio = 0.5,
                       .points = {{0.5, 32, 0.25}, {4, 256, 0.875}}};
  EXPECT_EQ(client.send("stats mrc\r\n"),
            "STAT sampling_rate 0.250000\r\nSTAT keys 100\r\nSTAT gets 1000\r\n"
            "STAT measured_hit_ratio 0.5000\r\n"
            "STAT 0.5x:limit_bytes 32\r\nSTAT 0.5x:hit_ratio 0.2500\r\n"
            "STAT 4x:limit_bytes 256\r\nSTAT 4x:hit_ratio 0.8750\r\nEND\r\n");
}

/// The hot keys count every access at first, so they show that KeyWatch was told of it.
TEST(StatsTest, EveryCommandOnAKeyIsWatched) {
  TestServer server;
  Client client{server};
  client.send("set a 0 0 3\r\nabc\r\nget a\r\nmg a v\r\nincr a 1\r\ntouch a 0\r\ngat 0 a\r\n");
  client.send("get a b\r\ndelete a\r\nms a 2\r\nxy\r\nma a\r\nmd a\r\nadd a 0 0 1\r\n1\r\n");
  const std::string large(40'000, 'v');
  client.send("set a 0 0 40000\r\n" + large + "\r\n");
  insight::HotKeySum sum;
  server.keys.hot_keys().add_to(sum, server.clock.now());
  const auto keys = sum.top(5);
  ASSERT_EQ(keys.by_operations.size(), 2U);
  EXPECT_EQ(keys.by_operations[0].key, "a");
  EXPECT_EQ(keys.by_operations[0].operations, 13U);
  EXPECT_EQ(keys.by_operations[0].bytes, 4 * 3 + 2 + 1 + 40'000U);
}

TEST(StatsTest, Connections) {
  TestServer server;
  server.view.open = {{.descriptor = 7,
                       .address = "tcp:127.0.0.1:4242",
                       .listen_address = "tcp:127.0.0.1:11211",
                       .listener_tag = "web",
                       .state = "conn_read",
                       .since_last_command = 5500ms},
                      {.descriptor = 5, .address = "tcp:0.0.0.0:11211", .state = "conn_listening"}};
  Client client{server};
  EXPECT_EQ(client.send("stats conns\r\n"),
            "STAT 7:addr tcp:127.0.0.1:4242\r\n"
            "STAT 7:listen_addr tcp:127.0.0.1:11211\r\n"
            "STAT 7:listen_tag web\r\n"
            "STAT 7:state conn_read\r\n"
            "STAT 7:secs_since_last_cmd 5\r\n"
            "STAT 5:addr tcp:0.0.0.0:11211\r\n"
            "STAT 5:state conn_listening\r\n"
            "STAT 5:secs_since_last_cmd 0\r\n"
            "END\r\n");
}

TEST(StatsTest, Sizes) {
  converse({{"stats sizes\r\n", "STAT sizes_status disabled\r\nEND\r\n"}});
  converse({{"set a 0 0 1\r\n1\r\n", "STORED\r\n"},
            {"set b 0 0 31\r\n" + std::string(31, 'x') + "\r\n", "STORED\r\n"},
            {"set c 0 0 32\r\n" + std::string(32, 'x') + "\r\n", "STORED\r\n"},
            {"stats sizes\r\n", "STAT 32 2\r\nSTAT 64 1\r\nEND\r\n"}},
           with({.track_sizes = true}));
}

TEST(StatsTest, Detail) {
  constexpr const char* kDetailUsage = "CLIENT_ERROR usage: stats detail on|off|dump\r\n";
  converse({{"stats detail dump\r\n", "END\r\n"},
            {"stats detail on\r\n", "OK\r\n"},
            {"set p:a 0 0 1\r\n1\r\n", "STORED\r\n"},
            {"get p:a p:b q\r\n", "VALUE p:a 0 1\r\n1\r\nEND\r\n"},
            {"delete p:b\r\n", "NOT_FOUND\r\n"},
            {"stats detail off\r\n", "OK\r\n"},
            {"get p:a\r\n", "VALUE p:a 0 1\r\n1\r\nEND\r\n"},
            {"stats detail dump\r\n", "PREFIX p get 2 hit 1 set 1 del 1\r\nEND\r\n"},
            {"stats detail\r\n", kDetailUsage},
            {"stats detail maybe\r\n", kDetailUsage}});
  converse({{"stats detail dump\r\n", "CLIENT_ERROR stats detail not allowed\r\n"},
            {"stats detail on\r\n", "CLIENT_ERROR stats detail not allowed\r\n"}},
           with({.dump_allowed = false}));
}

TEST(StatsTest, Reset) {
  TestServer server{{.prefix_stats = true}};
  Client client{server};
  client.send("set p:a 0 0 1\r\n1\r\n");
  EXPECT_EQ(client.send("stats reset\r\n"), "RESET\r\n");
  EXPECT_EQ(server.view.resets, 1U);
  EXPECT_EQ(test::Client{server}.send("stats detail dump\r\n"), "END\r\n");
  const auto reply = client.send("stats\r\n");
  EXPECT_THAT(reply, HasSubstr("STAT total_items 0\r\n"));
  EXPECT_THAT(reply, HasSubstr("STAT curr_items 1\r\n"));
}

TEST(StatsTest, Cachedump) {
  TestServer server;
  Client client{server};
  client.send("set a 0 0 3\r\nabc\r\n");
  EXPECT_EQ(client.send("stats cachedump 1 0\r\n"), "ITEM a [3 b; 0 s]\r\nEND\r\n");
  EXPECT_EQ(client.send("stats cachedump 2 0\r\n"), "END\r\n");

  server.clock.pass(500ms);
  client.send("set a 0 100 3\r\nabc\r\n");
  EXPECT_EQ(client.send("stats cachedump 1 0\r\n"), "ITEM a [3 b; 1800000100 s]\r\nEND\r\n");
  server.clock.pass(101s);
  EXPECT_EQ(client.send("stats cachedump 1 0\r\n"), "END\r\n");
}

TEST(StatsTest, CachedumpIsLimited) {
  TestServer server;
  Client client{server};
  for (int i = 0; i < 300; ++i) client.send("set key" + std::to_string(i) + " 0 0 1\r\n1\r\n");
  const auto count = [&](const char* request) {
    const auto reply = client.send(request);
    return std::ranges::count(reply, '\n') - 1;
  };
  EXPECT_EQ(count("stats cachedump 1 0\r\n"), 300);
  EXPECT_EQ(count("stats cachedump 1 10\r\n"), 10);
  EXPECT_EQ(count("stats cachedump 1 1000\r\n"), 300);
}

TEST(StatsTest, CachedumpRefusals) {
  converse({{"stats cachedump\r\n", "CLIENT_ERROR bad command line\r\n"},
            {"stats cachedump 1\r\n", "CLIENT_ERROR bad command line\r\n"},
            {"stats cachedump x 1\r\n", "CLIENT_ERROR bad command line format\r\n"},
            {"stats cachedump 64 1\r\n", "CLIENT_ERROR Illegal slab id\r\n"}});
  converse({{"stats cachedump 1 1\r\n", "CLIENT_ERROR stats cachedump not allowed\r\n"}},
           with({.dump_allowed = false}));
}

TEST(StatsTest, UnknownSubcommands) {
  converse({{"stats bogus\r\n", "ERROR\r\n"}, {"stats malloc\r\n", "ERROR\r\n"}});
}

}  // namespace
}  // namespace cocached::command
