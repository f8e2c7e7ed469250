#include "tests/support/conversation.hpp"

#include <gtest/gtest.h>

/// The replies and effects of the commands for operators.
namespace cocached::command {
namespace {

using namespace std::chrono_literals;
using test::Client;
using test::converse;
using test::TestServer;
using test::with;

TEST(AdminTest, VersionAndNoop) {
  converse({{"version\r\n", "VERSION 1.6.45\r\n"}, {"mn\r\n", "MN\r\n"}, {"mn\n", "MN\r\n"}});
}

TEST(AdminTest, FlushAllHidesWhatWasStoredBefore) {
  converse({{"set a 0 0 1\r\n1\r\n", "STORED\r\n"},
            {"flush_all\r\n", "OK\r\n"},
            {"get a\r\n", "END\r\n"},
            {"set a 0 0 1\r\n2\r\n", "STORED\r\n"},
            {"get a\r\n", "VALUE a 0 1\r\n2\r\nEND\r\n"},
            {"flush_all noreply\r\n", ""},
            {"get a\r\n", "END\r\n"},
            {"flush_all 0\r\n", "OK\r\n"},
            {"flush_all -10\r\n", "OK\r\n"},
            {"flush_all soon\r\n", "CLIENT_ERROR invalid exptime argument\r\n"},
            {"flush_all soon noreply\r\n", ""}});
}

TEST(AdminTest, FlushAllWithADelayTakesEffectThen) {
  TestServer server;
  Client client{server};
  EXPECT_EQ(client.send("set a 0 0 1\r\n1\r\nflush_all 10\r\n"), "STORED\r\nOK\r\n");
  server.clock.pass(10s);
  EXPECT_EQ(client.send("set b 0 0 1\r\n2\r\n"), "STORED\r\n");
  EXPECT_EQ(client.send("get a b\r\n"), "VALUE a 0 1\r\n1\r\nVALUE b 0 1\r\n2\r\nEND\r\n");
  server.clock.pass(2ms);
  EXPECT_EQ(client.send("get a b\r\n"), "END\r\n");
  EXPECT_EQ(client.send("set a 0 0 1\r\n3\r\nget a\r\n"), "STORED\r\nVALUE a 0 1\r\n3\r\nEND\r\n");
}

TEST(AdminTest, FlushAllCanBeForbidden) {
  converse({{"set a 0 0 1\r\n1\r\n", "STORED\r\n"},
            {"flush_all\r\n", "CLIENT_ERROR flush_all not allowed\r\n"},
            {"flush_all 10 noreply\r\n", ""},
            {"get a\r\n", "VALUE a 0 1\r\n1\r\nEND\r\n"}},
           with({.flush_allowed = false}));
}

TEST(AdminTest, Verbosity) {
  TestServer server;
  Client client{server};
  EXPECT_EQ(client.send("verbosity 2\r\n"), "OK\r\n");
  EXPECT_EQ(server.view.verbosity, 2U);
  EXPECT_EQ(client.send("verbosity 1 noreply\r\n"), "");
  EXPECT_EQ(server.view.verbosity, 1U);
  EXPECT_EQ(client.send("verbosity\r\n"), "CLIENT_ERROR bad command line format\r\n");
  EXPECT_EQ(client.send("verbosity loud\r\n"), "CLIENT_ERROR bad command line format\r\n");
}

TEST(AdminTest, RefreshCertificates) {
  TestServer server;
  Client client{server};
  EXPECT_EQ(client.send("refresh_certs\r\n"), "Error TLS not enabled\r\n");
  server.view.tls_enabled = true;
  EXPECT_EQ(client.send("refresh_certs\r\n"), "OK\r\n");
  server.view.certificate_error = "no such file";
  EXPECT_EQ(client.send("refresh_certs\r\n"), "SERVER_ERROR no such file\r\n");
}

TEST(AdminTest, MemoryLimit) {
  TestServer server;
  Client client{server};
  EXPECT_EQ(client.send("cache_memlimit 32\r\n"), "OK\r\n");
  EXPECT_EQ(server.store.memory_limit(), std::size_t{32} << 20);
  EXPECT_EQ(client.send("cache_memlimit 1000000000\r\n"),
            "MEMLIMIT_ADJUST_FAILED out of bounds or unable to adjust\r\n");
  EXPECT_EQ(client.send("cache_memlimit 16 noreply\r\n"), "");
  EXPECT_EQ(server.store.memory_limit(), std::size_t{16} << 20);
  EXPECT_EQ(client.send("cache_memlimit 1\r\n"),
            "MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m\r\n");
  EXPECT_EQ(server.store.memory_limit(), std::size_t{16} << 20);
}

TEST(AdminTest, ShutdownMustBeAllowed) {
  TestServer server;
  Client client{server};
  EXPECT_EQ(client.send("shutdown\r\nshutdown graceful\r\nmn\r\n"),
            "SERVER_ERROR: shutdown not enabled\r\nSERVER_ERROR: shutdown not enabled\r\nMN\r\n");
  EXPECT_EQ(client.send("shutdown noreply\r\nshutdown graceful noreply\r\nmn\r\n"), "MN\r\n");
  EXPECT_EQ(server.view.stops + server.view.graceful_stops, 0U);
}

TEST(AdminTest, ShutdownStopsTheServerAndHangsUp) {
  const auto allowed = with({.shutdown_allowed = true});
  converse({{"mn\r\n", "MN\r\n"}, {"shutdown\r\n", ""}}, allowed, test::Ending::hangs_up);

  TestServer server{allowed};
  Client first{server};
  EXPECT_EQ(first.send("shutdown please\r\n"), "CLIENT_ERROR invalid shutdown mode\r\n");
  EXPECT_FALSE(first.closed());
  first.send("shutdown\r\n");
  EXPECT_TRUE(first.closed());
  EXPECT_EQ(server.view.stops, 1U);

  Client second{server};
  second.send("shutdown graceful\r\n");
  EXPECT_TRUE(second.closed());
  EXPECT_EQ(server.view.graceful_stops, 1U);
}

TEST(AdminTest, TuningCommandsWithoutEffectReplyAsMemcachedDoes) {
  converse(
      {{"slabs reassign 1 2\r\n", "OK\r\n"},
       {"slabs automove 1\r\n", "OK\r\n"},
       {"lru mode flat\r\n", "OK\r\n"},
       {"lru_crawler enable\r\n", "OK\r\n"},
       {"lru_crawler crawl all\r\n", "OK\r\n"},
       {"slabs reassign 1 1\r\n", "SAME src and dst class are identical\r\n"},
       {"lru tune 90 1 1 1\r\n", "ERROR hot and warm pcts must not exceed 80\r\n"},
       {"lru_crawler sleep 9999999\r\n", "CLIENT_ERROR sleep must be one second or less\r\n"}});
}

TEST(AdminTest, UnknownCommands) {
  converse({{"bogus\r\n", "ERROR\r\n"},
            {"\r\n", "CLIENT_ERROR bad command line format\r\n"},
            {"\n", "CLIENT_ERROR bad command line format\r\n"},
            {" get a\r\n", "ERROR\r\n"},
            {"GET a\r\n", "ERROR\r\n"},
            {"get\ta\r\n", "ERROR\r\n"},
            {"mn\r\n", "MN\r\n"}});
}

}  // namespace
}  // namespace cocached::command
