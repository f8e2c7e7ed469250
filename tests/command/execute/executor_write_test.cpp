#include "tests/support/conversation.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

/// The replies and counters of commands that write.
namespace cocached::command {
namespace {

using test::Client;
using test::converse;
using test::kMalformed;
using test::TestServer;

constexpr const char* kTooLarge = "SERVER_ERROR object too large for cache\r\n";
constexpr const char* kNotANumber =
    "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n";

test::Setup with_value_limit(std::size_t bytes) {
  test::Setup setup;
  setup.policy.max_value_size = bytes;
  return setup;
}

TEST(WriteTest, SetAddReplace) {
  converse({{"replace a 0 0 1\r\n0\r\n", "NOT_STORED\r\n"},
            {"add a 0 0 1\r\n1\r\n", "STORED\r\n"},
            {"add a 0 0 1\r\n2\r\n", "NOT_STORED\r\n"},
            {"get a\r\n", "VALUE a 0 1\r\n1\r\nEND\r\n"},
            {"replace a 3 0 2\r\n33\r\n", "STORED\r\n"},
            {"get a\r\n", "VALUE a 3 2\r\n33\r\nEND\r\n"},
            {"set a 4 0 0\r\n\r\n", "STORED\r\n"},
            {"get a\r\n", "VALUE a 4 0\r\n\r\nEND\r\n"}});
}

TEST(WriteTest, AppendAndPrependKeepTheFlags) {
  converse({{"append a 0 0 1\r\nx\r\n", "NOT_STORED\r\n"},
            {"prepend a 0 0 1\r\nx\r\n", "NOT_STORED\r\n"},
            {"set a 7 0 3\r\nmid\r\n", "STORED\r\n"},
            {"append a 9 0 3\r\nend\r\n", "STORED\r\n"},
            {"prepend a 9 0 5\r\nstart\r\n", "STORED\r\n"},
            {"gets a\r\n", "VALUE a 7 11 3\r\nstartmidend\r\nEND\r\n"}});
}

TEST(WriteTest, CompareAndSwap) {
  converse({{"cas a 0 0 1 1\r\n1\r\n", "NOT_FOUND\r\n"},
            {"set a 0 0 1\r\n1\r\n", "STORED\r\n"},
            {"cas a 0 0 1 999\r\n2\r\n", "EXISTS\r\n"},
            {"cas a 5 0 1 1\r\n3\r\n", "STORED\r\n"},
            {"cas a 0 0 1 1\r\n4\r\n", "EXISTS\r\n"},
            {"gets a\r\n", "VALUE a 5 1 2\r\n3\r\nEND\r\n"},
            {"cas a 0 0 1\r\n5\r\n", kMalformed},
            {"cas a 0 0 1 x\r\n5\r\n", kMalformed}});
}

TEST(WriteTest, Delete) {
  converse({{"delete a\r\n", "NOT_FOUND\r\n"},
            {"set a 0 0 1\r\n1\r\n", "STORED\r\n"},
            {"delete a\r\n", "DELETED\r\n"},
            {"delete a\r\n", "NOT_FOUND\r\n"},
            {"delete a 0\r\n", "NOT_FOUND\r\n"},
            {"delete\r\n", kMalformed}});
}

TEST(WriteTest, IncrementAndDecrement) {
  converse({{"incr n 1\r\n", "NOT_FOUND\r\n"},
            {"decr n 1\r\n", "NOT_FOUND\r\n"},
            {"set n 7 0 2\r\n10\r\n", "STORED\r\n"},
            {"incr n 5\r\n", "15\r\n"},
            {"decr n 6\r\n", "9\r\n"},
            {"gets n\r\n", "VALUE n 7 1 3\r\n9\r\nEND\r\n"},  // no padding; flags kept
            {"decr n 100\r\n", "0\r\n"},
            {"incr n 18446744073709551615\r\n", "18446744073709551615\r\n"},
            {"incr n 2\r\n", "1\r\n"},
            {"incr n -1\r\n", "CLIENT_ERROR invalid numeric delta argument\r\n"},
            {"incr n\r\n", kMalformed}});
}

TEST(WriteTest, ArithmeticOnANonNumberIsNotCounted) {
  converse({{"set n 0 0 3\r\nabc\r\n", "STORED\r\n"},
            {"incr n 1\r\n", kNotANumber},
            {"set n 0 0 0\r\n\r\n", "STORED\r\n"},
            {"decr n 1\r\n", kNotANumber},
            {"set n 0 0 2\r\n-1\r\n", "STORED\r\n"},
            {"incr n 1\r\n", kNotANumber},
            {"set n 0 0 20\r\n18446744073709551616\r\n", "STORED\r\n"},
            {"incr n 1\r\n", kNotANumber},
            {"get n\r\n", "VALUE n 0 20\r\n18446744073709551616\r\nEND\r\n"}});
}

TEST(WriteTest, NoreplyHidesEveryReply) {
  converse({{"set a 0 0 1 noreply\r\n1\r\n", ""},
            {"add a 0 0 1 noreply\r\n2\r\n", ""},
            {"replace a 0 0 1 noreply\r\n3\r\n", ""},
            {"append a 0 0 1 noreply\r\n4\r\n", ""},
            {"prepend a 0 0 1 noreply\r\n2\r\n", ""},
            {"gets a\r\n", "VALUE a 0 3 4\r\n234\r\nEND\r\n"},
            {"cas a 0 0 1 1 noreply\r\n5\r\n", ""},
            {"cas a 0 0 1 4 noreply\r\n6\r\n", ""},
            {"incr a 4 noreply\r\n", ""},
            {"decr a 2 noreply\r\n", ""},
            {"get a\r\n", "VALUE a 0 1\r\n8\r\nEND\r\n"},
            {"touch a 0 noreply\r\n", ""},
            {"touch b 0 noreply\r\n", ""},
            {"delete a noreply\r\n", ""},
            {"delete a noreply\r\n", ""},
            {"incr a 1 noreply\r\n", ""},
            {"get a\r\n", "END\r\n"}});
}

TEST(WriteTest, NoreplyHidesRefusals) {
  const std::string long_key(251, 'k');
  converse({{"set a 0 0 1 noreply\r\nabc", ""},  // a bad data chunk
            {"set a x 0 1 noreply\r\n1\r\n", ""},
            {"set " + long_key + " 0 0 1 noreply\r\n1\r\n", ""},
            {"cas a 0 0 1 noreply\r\n1\r\n", ""},
            {"set a 0 0 11 noreply\r\n12345678901\r\n", ""},
            {"set a 0 0 1 noreply\r\na\r\n", ""},
            {"incr a 1 noreply\r\n", ""},
            {"incr a x noreply\r\n", ""},
            {"incr " + long_key + " 1 noreply\r\n", ""},
            {"touch a x noreply\r\n", ""},
            {"delete " + long_key + " noreply\r\n", ""},
            {"get a\r\n", "VALUE a 0 1\r\na\r\nEND\r\n"}},
           with_value_limit(10));
}

TEST(WriteTest, DeleteNoreplyTakesTheWordForAKey) {
  converse({{"set noreply 0 0 1\r\n1\r\n", "STORED\r\n"},
            {"delete noreply\r\n", ""},
            {"get noreply\r\n", "END\r\n"}});
}

TEST(WriteTest, ASetThatIsTooLargeTakesTheOldValueAlong) {
  converse({{"set a 0 0 10\r\n1234567890\r\n", "STORED\r\n"},
            {"set a 0 0 11\r\n12345678901\r\n", kTooLarge},
            {"get a\r\n", "END\r\n"}},
           with_value_limit(10));
}

TEST(WriteTest, EverythingElseThatIsTooLargeLeavesIt) {
  converse({{"set a 0 0 1\r\n1\r\n", "STORED\r\n"},
            {"add a 0 0 11\r\n12345678901\r\n", kTooLarge},
            {"replace a 0 0 11\r\n12345678901\r\n", kTooLarge},
            {"append a 0 0 11\r\n12345678901\r\n", kTooLarge},
            {"prepend a 0 0 11\r\n12345678901\r\n", kTooLarge},
            {"cas a 0 0 11 1\r\n12345678901\r\n", kTooLarge},
            {"append a 0 0 10\r\n1234567890\r\n", kTooLarge},  // together
            {"get a\r\n", "VALUE a 0 1\r\n1\r\nEND\r\n"}},
           with_value_limit(10));
}

TEST(WriteTest, WithoutRoomNothingIsStoredAndTheOldValueGoes) {
  test::Setup setup;
  setup.store.memory_limit = std::size_t{8} << 20;
  setup.store.evict = false;
  TestServer server{setup};
  Client client{server};
  EXPECT_EQ(client.send("set a 0 0 1\r\n1\r\n"), "STORED\r\n");
  const std::string value(500'000, 'v');
  std::string reply;
  for (int i = 0; i < 100 && reply != "SERVER_ERROR out of memory storing object\r\n"; ++i)
    reply = client.send("set k" + std::to_string(i) + " 0 0 500000\r\n" + value + "\r\n");
  ASSERT_EQ(reply, "SERVER_ERROR out of memory storing object\r\n");
  EXPECT_EQ(client.send("set a 0 0 500000\r\n" + value + "\r\n"), reply);
  EXPECT_EQ(client.send("get a\r\n"), "END\r\n");
  EXPECT_EQ(server.count(Count::no_memory), 2U);
  EXPECT_TRUE(client.idle());
}

TEST(WriteCountsTest, EveryStorageCommandIsASet) {
  TestServer server;
  Client client{server};
  client.send("set a 0 0 1\r\n1\r\nadd a 0 0 1\r\n1\r\nreplace b 0 0 1\r\n1\r\n");
  client.send("append a 0 0 1\r\n1\r\ncas a 0 0 1 1\r\n1\r\n");
  EXPECT_EQ(server.count(Count::set), 5U);
}

TEST(WriteCountsTest, Cas) {
  TestServer server;
  Client client{server};
  client.send("set a 0 0 1\r\n1\r\n");
  client.send("cas a 0 0 1 1\r\n2\r\ncas a 0 0 1 1\r\n3\r\ncas b 0 0 1 1\r\n4\r\n");
  EXPECT_EQ(server.count(Count::cas_hit), 1U);
  EXPECT_EQ(server.count(Count::cas_bad_value), 1U);
  EXPECT_EQ(server.count(Count::cas_miss), 1U);
}

TEST(WriteCountsTest, DeletesAndArithmetic) {
  TestServer server;
  Client client{server};
  client.send("set n 0 0 1\r\n1\r\nincr n 1\r\ndecr n 1\r\ndecr n 1\r\nincr m 1\r\ndecr m 1\r\n");
  client.send("delete n\r\ndelete n\r\ndelete m\r\n");
  EXPECT_EQ(server.count(Count::increment_hit), 1U);
  EXPECT_EQ(server.count(Count::increment_miss), 1U);
  EXPECT_EQ(server.count(Count::decrement_hit), 2U);
  EXPECT_EQ(server.count(Count::decrement_miss), 1U);
  EXPECT_EQ(server.count(Count::delete_hit), 1U);
  EXPECT_EQ(server.count(Count::delete_miss), 2U);
}

/// Whether the value came with its line or was read into the store, the count is the same.
TEST(WriteCountsTest, ValuesThatAreTooLarge) {
  constexpr std::size_t kLimit = 40'000;
  TestServer server{with_value_limit(kLimit)};
  Client client{server};
  const std::string small(100, 'v');
  const std::string large(kLimit - 10, 'v');
  const std::string too_large(kLimit + 1, 'v');
  const auto write = [&](std::string_view command, std::string_view value) {
    return client.send(fmt::format("{} a 0 0 {}\r\n{}\r\n", command, value.size(), value));
  };
  EXPECT_EQ(write("set", too_large), kTooLarge);
  EXPECT_EQ(server.count(Count::too_large), 1U);
  EXPECT_EQ(write("set", large), "STORED\r\n");
  EXPECT_EQ(write("append", small), kTooLarge);
  EXPECT_EQ(server.count(Count::too_large), 2U);
  EXPECT_EQ(write("append", large), kTooLarge);
  EXPECT_EQ(server.count(Count::too_large), 3U);
  EXPECT_EQ(server.count(Count::set), 1U);
}

TEST(WriteCountsTest, Prefixes) {
  test::Setup setup;
  setup.prefix_stats = true;
  TestServer server{setup};
  Client client{server};
  client.send("set p:a 0 0 1\r\n1\r\nget p:a p:b\r\ndelete p:a\r\nset q 0 0 1\r\n1\r\n");
  EXPECT_EQ(test::Client{server}.send("stats detail dump\r\n"),
            "PREFIX p get 2 hit 1 set 1 del 1\r\nEND\r\n");
}

}  // namespace
}  // namespace cocached::command
