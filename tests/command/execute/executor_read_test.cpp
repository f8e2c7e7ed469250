#include "tests/support/conversation.hpp"

#include <gtest/gtest.h>

/// The replies and counters of commands that read.
namespace cocached::command {
namespace {

using namespace std::chrono_literals;
using test::Client;
using test::converse;
using test::kMalformed;
using test::TestServer;

TEST(ReadTest, Get) {
  converse({{"get a\r\n", "END\r\n"},
            {"set a 7 0 3\r\nabc\r\n", "STORED\r\n"},
            {"get a\r\n", "VALUE a 7 3\r\nabc\r\nEND\r\n"},
            {"get a\n", "VALUE a 7 3\r\nabc\r\nEND\r\n"},
            {"set b 4294967295 0 0\r\n\r\n", "STORED\r\n"},
            {"get b\r\n", "VALUE b 4294967295 0\r\n\r\nEND\r\n"},
            {"get", ""},
            {"\r\n", kMalformed}});
}

TEST(ReadTest, SeveralKeysAreAnsweredInTheirOrder) {
  converse({{"set a 0 0 1\r\n1\r\n", "STORED\r\n"},
            {"set b 0 0 1\r\n2\r\n", "STORED\r\n"},
            {"get b missing a b\r\n",
             "VALUE b 0 1\r\n2\r\nVALUE a 0 1\r\n1\r\nVALUE b 0 1\r\n2\r\nEND\r\n"},
            {"get x y z\r\n", "END\r\n"},
            {"bget a b\r\n", "VALUE a 0 1\r\n1\r\nVALUE b 0 1\r\n2\r\nEND\r\n"}});
}

TEST(ReadTest, AListWithAKeyThatIsTooLongIsRefusedWhole) {
  converse({{"set a 0 0 1\r\n1\r\n", "STORED\r\n"},
            {"get a " + std::string(251, 'k') + " a\r\n", kMalformed},
            {"get " + std::string(250, 'k') + " a\r\n", "VALUE a 0 1\r\n1\r\nEND\r\n"}});
}

TEST(ReadTest, GetsShowsTheCas) {
  converse({{"set a 0 0 1\r\n1\r\n", "STORED\r\n"},
            {"set b 0 0 1\r\n2\r\n", "STORED\r\n"},
            {"gets a b\r\n", "VALUE a 0 1 1\r\n1\r\nVALUE b 0 1 2\r\n2\r\nEND\r\n"},
            {"set a 0 0 1\r\n3\r\n", "STORED\r\n"},
            {"gets a\r\n", "VALUE a 0 1 3\r\n3\r\nEND\r\n"}});
}

TEST(ReadTest, WithoutCasItIsZero) {
  test::Setup setup;
  setup.store.cas = false;
  converse({{"set a 0 0 1\r\n1\r\n", "STORED\r\n"},
            {"gets a\r\n", "VALUE a 0 1 0\r\n1\r\nEND\r\n"},
            {"cas a 0 0 1 0\r\n2\r\n", "EXISTS\r\n"}},
           setup);
}

TEST(ReadTest, ValuesMayHoldAnything) {
  using namespace std::string_literals;
  const auto value = "\r\nEND\r\nget a\r\n\0\xff"s;
  const auto size = std::to_string(value.size());
  converse({{"set a 0 0 " + size + "\r\n" + value + "\r\n", "STORED\r\n"},
            {"get a\r\n", "VALUE a 0 " + size + "\r\n" + value + "\r\nEND\r\n"}});
}

TEST(ReadTest, KeysMayHoldAnythingButSpaces) {
  using namespace std::string_literals;
  const auto key = "\t\0\x01\x7f\xff"s;
  converse({{"set " + key + " 0 0 1\r\n1\r\n", "STORED\r\n"},
            {"get " + key + "\r\n", "VALUE " + key + " 0 1\r\n1\r\nEND\r\n"}});
}

TEST(ReadTest, TouchAndItsRefusals) {
  converse({{"touch a 10\r\n", "NOT_FOUND\r\n"},
            {"set a 0 0 1\r\n1\r\n", "STORED\r\n"},
            {"gets a\r\n", "VALUE a 0 1 1\r\n1\r\nEND\r\n"},
            {"touch a 10\r\n", "TOUCHED\r\n"},
            {"gets a\r\n", "VALUE a 0 1 1\r\n1\r\nEND\r\n"},  // no new CAS
            {"touch a ten\r\n", "CLIENT_ERROR invalid exptime argument\r\n"},
            {"touch a -1\r\n", "TOUCHED\r\n"},
            {"get a\r\n", "END\r\n"}});
}

TEST(ReadTest, GetAndTouchAndItsRefusals) {
  converse({{"set a 5 0 1\r\n1\r\n", "STORED\r\n"},
            {"gat 10 a b\r\n", "VALUE a 5 1\r\n1\r\nEND\r\n"},
            {"gats 0 a a\r\n", "VALUE a 5 1 1\r\n1\r\nVALUE a 5 1 1\r\n1\r\nEND\r\n"},
            {"gat a b\r\n", "CLIENT_ERROR invalid exptime argument\r\n"},
            {"gat 10\r\n", kMalformed},
            {"gat -1 a\r\n", "VALUE a 5 1\r\n1\r\nEND\r\n"},
            {"get a\r\n", "END\r\n"}});
}

/// One item of each kind of lifetime, seen as time goes by.
class LifetimeTest : public testing::Test {
 protected:
  bool lives(std::string_view key) {
    return client_.send("get " + std::string{key} + "\r\n") != "END\r\n";
  }
  void set(std::string_view key, std::int64_t expiry) {
    client_.send("set " + std::string{key} + " 0 " + std::to_string(expiry) + " 1\r\n1\r\n");
  }
  std::int64_t unix_now() const {
    return std::chrono::floor<std::chrono::seconds>(server_.clock.wall_now())
        .time_since_epoch()
        .count();
  }

  TestServer server_;
  Client client_{server_};
};

TEST_F(LifetimeTest, RelativeTimes) {
  set("forever", 0);
  set("second", 1);
  set("month", 2'592'000);
  set("gone", -1);
  EXPECT_FALSE(lives("gone"));
  server_.clock.pass(1000ms);
  EXPECT_TRUE(lives("second"));  // never early
  server_.clock.pass(2ms);
  EXPECT_FALSE(lives("second"));
  server_.clock.pass(720h - 1002ms);
  EXPECT_TRUE(lives("month"));
  server_.clock.pass(2ms);
  EXPECT_FALSE(lives("month"));
  EXPECT_TRUE(lives("forever"));
}

TEST_F(LifetimeTest, UnixTimes) {
  set("past", unix_now() - 1);
  set("ten", unix_now() + 10);
  set("1970", 2'592'001);
  EXPECT_FALSE(lives("past"));
  EXPECT_FALSE(lives("1970"));
  server_.clock.pass(10s);
  EXPECT_TRUE(lives("ten"));
  server_.clock.pass(2ms);
  EXPECT_FALSE(lives("ten"));
}

TEST_F(LifetimeTest, AWallClockThatIsSetExpiresNothing) {
  set("relative", 10);
  set("absolute", unix_now() + 10);
  server_.clock.set_wall(server_.clock.wall_now() + 10'000h);
  EXPECT_TRUE(lives("relative"));
  EXPECT_TRUE(lives("absolute"));
  server_.clock.set_wall(test::ManualClock::WallTime{});
  server_.clock.pass(10s + 2ms);
  EXPECT_FALSE(lives("relative"));
  EXPECT_FALSE(lives("absolute"));
}

TEST_F(LifetimeTest, TouchingMakesItLongerAndShorter) {
  set("a", 10);
  set("b", 0);
  client_.send("touch a 100\r\ngat 20 b\r\n");
  server_.clock.pass(15s);
  EXPECT_TRUE(lives("a"));
  EXPECT_TRUE(lives("b"));
  server_.clock.pass(10s);
  EXPECT_TRUE(lives("a"));
  EXPECT_FALSE(lives("b"));
  EXPECT_EQ(client_.send("touch b 0\r\n"), "NOT_FOUND\r\n");
}

TEST(ReadCountsTest, HitsAndMisses) {
  TestServer server;
  Client client{server};
  client.send("set a 0 1 1\r\n1\r\nset b 0 0 1\r\n1\r\n");
  client.send("get a b c\r\ngat 1 a c\r\ntouch a 1\r\ntouch c 1\r\n");
  EXPECT_EQ(server.count(Count::get), 3U);
  EXPECT_EQ(server.count(Count::get_hit), 2U);
  EXPECT_EQ(server.count(Count::get_miss), 1U);
  EXPECT_EQ(server.count(Count::touch), 4U);
  EXPECT_EQ(server.count(Count::touch_hit), 2U);
  EXPECT_EQ(server.count(Count::touch_miss), 2U);
}

TEST(ReadCountsTest, GetsAreHitsAndMissesWhateverElseTouches) {
  TestServer server;
  Client client{server};
  client.send("set a 0 0 1\r\n1\r\nget a\r\ngat 0 a b\r\ngats 0 a\r\nmg a T0 v\r\nmg a v\r\n");
  EXPECT_EQ(server.count(Count::get), 2U);
  EXPECT_EQ(server.count(Count::get_hit), 2U);
  EXPECT_EQ(server.count(Count::get_miss), 0U);
  EXPECT_EQ(server.count(Count::touch_hit), 3U);
  EXPECT_EQ(server.count(Count::touch_miss), 1U);
  client.send("mg b T0\r\n");  // memcached counts this miss as a get
  EXPECT_EQ(server.count(Count::get), 3U);
  EXPECT_EQ(server.count(Count::get_miss), 1U);
  EXPECT_EQ(server.count(Count::touch), 4U);
}

TEST(ReadCountsTest, WhyAnItemIsMissing) {
  TestServer server;
  Client client{server};
  client.send("set a 0 1 1\r\n1\r\n");
  server.clock.pass(2s);
  client.send("get a\r\n");
  EXPECT_EQ(server.count(Count::get_expired), 1U);
  client.send("set a 0 0 1\r\n1\r\nflush_all\r\nget a\r\n");
  EXPECT_EQ(server.count(Count::get_flushed), 1U);
  EXPECT_EQ(server.count(Count::get_miss), 2U);
}

}  // namespace
}  // namespace cocached::command
