#include "tests/support/conversation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::command {
namespace {

using test::Client;
using test::converse;
using test::TestServer;
using testing::HasSubstr;
using testing::Not;

constexpr auto kUsage =
    "CLIENT_ERROR usage: ns flush <name>, ns quota <name> <bytes>, ns stats [<name>]\r\n";
constexpr auto kBadName = "CLIENT_ERROR bad namespace name\r\n";

TEST(NamespaceCommandTest, AFlushHidesWhatWasThere) {
  converse({{"set u:1 0 0 1\r\na\r\n", "STORED\r\n"},
            {"set v:1 0 0 1\r\nb\r\n", "STORED\r\n"},
            {"ns flush u\r\n", "OK\r\n"},
            {"get u:1 v:1\r\n", "VALUE v:1 0 1\r\nb\r\nEND\r\n"},
            {"add u:1 0 0 1\r\nc\r\n", "STORED\r\n"},
            {"mg u:1 v\r\n", "VA 1\r\nc\r\n"}});
}

TEST(NamespaceCommandTest, AQuotaEvictsWithinTheNamespace) {
  const std::string value(400, 'v');
  const std::string set = " 0 0 400\r\n" + value + "\r\n";
  converse({{"ns quota u 1000\r\n", "OK\r\n"},
            {"set v:1" + set, "STORED\r\n"},
            {"set u:1" + set, "STORED\r\n"},
            {"set u:2" + set, "STORED\r\n"},
            {"set u:3" + set, "STORED\r\n"},
            {"mg u:1\r\n", "EN\r\n"},
            {"mg u:2\r\n", "HD\r\n"},
            {"mg u:3\r\n", "HD\r\n"},
            {"mg v:1\r\n", "HD\r\n"},
            {"ns quota u 400\r\n", "OK\r\n"},
            {"set u:4" + set, "SERVER_ERROR object too large for cache\r\n"},
            {"ns quota u 0\r\n", "OK\r\n"},
            {"set u:4" + set, "STORED\r\n"}});
}

TEST(NamespaceCommandTest, WithoutEvictionAFullNamespaceRefuses) {
  test::Setup setup;
  setup.store.evict = false;
  converse({{"ns quota u 40\r\n", "OK\r\n"},
            {"set u:1 0 0 5\r\nvalue\r\n", "STORED\r\n"},
            {"set u:2 0 0 5\r\nvalue\r\n", "SERVER_ERROR out of memory storing object\r\n"},
            {"set u:1 0 0 5\r\nother\r\n", "STORED\r\n"},
            {"set v:2 0 0 5\r\nvalue\r\n", "STORED\r\n"}},
           setup);
}

TEST(NamespaceCommandTest, Stats) {
  converse({{"ns flush u\r\nns quota u 1000\r\n", "OK\r\nOK\r\n"},
            {"set u:1 0 0 3\r\nabc\r\n", "STORED\r\n"},
            {"set u:2 0 0 3\r\nabc\r\n", "STORED\r\n"},
            {"get u:1 u:3\r\n", "VALUE u:1 0 3\r\nabc\r\nEND\r\n"},
            {"delete u:2\r\n", "DELETED\r\n"},
            {"ns stats u\r\n",
             "STAT generation 1\r\nSTAT quota 1000\r\nSTAT items 1\r\nSTAT bytes 19\r\n"
             "STAT counted yes\r\nSTAT cmd_get 2\r\nSTAT get_hits 1\r\nSTAT get_misses 1\r\n"
             "STAT cmd_set 2\r\nSTAT cmd_delete 1\r\nSTAT evictions 0\r\nEND\r\n"},
            {"ns stats other\r\n", "NOT_FOUND\r\n"},
            {"stats detail dump\r\n", "PREFIX u get 2 hit 1 set 2 del 1\r\nEND\r\n"}});
}

TEST(NamespaceCommandTest, StatsOfAllBeginWithTheLargest) {
  TestServer server{{.prefix_stats = true}};
  Client client{server};
  EXPECT_EQ(client.send("ns stats\r\n"), "STAT namespaces 0\r\nEND\r\n");
  client.send("set a:1 0 0 1\r\na\r\nset b:1 0 0 5\r\nabcde\r\n");
  const auto reply = client.send("ns stats\r\n");
  EXPECT_THAT(reply, testing::StartsWith("STAT namespaces 2\r\nSTAT b:generation 0\r\n"));
  EXPECT_THAT(reply, HasSubstr("STAT a:items 1\r\n"));
}

TEST(NamespaceCommandTest, Quiet) {
  converse({{"set u:1 0 0 1\r\na\r\n", "STORED\r\n"},
            {"ns flush u noreply\r\n", ""},
            {"ns quota u 1000 noreply\r\n", ""},
            {"ns quota u noreply\r\n", ""},
            {"get u:1\r\n", "END\r\n"}});
}

TEST(NamespaceCommandTest, BadOnes) {
  const std::string longest(249, 'n');
  converse({{"ns\r\n", kUsage},
            {"ns flush\r\n", kUsage},
            {"ns flush a b\r\n", kUsage},
            {"ns quota a\r\n", kUsage},
            {"ns quota a -1\r\n", kUsage},
            {"ns quota a 99999999999999999999\r\n", kUsage},
            {"ns quota a 1 2\r\n", kUsage},
            {"ns stats a b\r\n", kUsage},
            {"ns drop a\r\n", kUsage},
            {"ns flush a:b\r\n", kBadName},
            {"ns quota a: 5\r\n", kBadName},
            {"ns stats :\r\n", kBadName},
            {"ns flush " + longest + "\r\n", "OK\r\n"},
            {"ns flush " + longest + "n\r\n", kBadName}});
}

TEST(NamespaceCommandTest, TheOperatorForbidsFlushAndStats) {
  test::Setup setup;
  setup.policy.flush_allowed = false;
  setup.policy.dump_allowed = false;
  converse({{"ns flush a\r\n", "CLIENT_ERROR ns flush not allowed\r\n"},
            {"ns stats\r\n", "CLIENT_ERROR ns stats not allowed\r\n"},
            {"ns quota a 1000\r\n", "OK\r\n"}},
           setup);
}

TEST(NamespaceCommandTest, MoreThanThereMayBe) {
  TestServer server;
  Client client{server};
  constexpr auto kMax = store::NamespaceTable::kMaxNamespaces;
  std::size_t count = 0;
  while (server.store.set_namespace_quota(std::to_string(count), 1000)) ASSERT_LT(++count, kMax);
  EXPECT_EQ(client.send("ns quota more 1000\r\n"), "SERVER_ERROR too many namespaces\r\n");
  EXPECT_EQ(client.send("ns quota 7 0\r\nns quota more 1000\r\n"), "OK\r\nOK\r\n");
}

TEST(NamespaceCommandTest, TheOtherProtocolsCountToo) {
  TestServer server{{.prefix_stats = true}};
  Client client{server};
  client.send("ms u:1 1\r\na\r\nmg u:1 v\r\nmg dTox b v\r\nmd u:1\r\n");
  EXPECT_EQ(client.send("stats detail dump\r\n"), "PREFIX u get 2 hit 2 set 1 del 1\r\nEND\r\n");
}

}  // namespace
}  // namespace cocached::command
