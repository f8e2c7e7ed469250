#include "base/block_pool.hpp"
#include "protocol/limits.hpp"
#include "tests/support/conversation.hpp"

#include <gtest/gtest.h>

/// Where requests begin and end, when a conversation ends, and whose turn it is.
namespace cocached::command {
namespace {

using test::Client;
using test::converse;
using test::Ending;
using test::kMalformed;
using test::TestServer;

constexpr const char* kBadChunk = "CLIENT_ERROR bad data chunk\r\n";
constexpr const char* kTooLong = "CLIENT_ERROR line too long\r\n";

// ---- values that are not wanted, or not what was announced ----

TEST(SwallowTest, ARefusedValueIsNotTakenForCommands) {
  converse({{"set a x 0 9\r\nget a b c\r\n", kMalformed},
            {"set " + std::string(251, 'k') + " 0 0 4\r\nmn\r\n\r\n", kMalformed},
            {"cas a 0 0 3\r\nmn\n\r\n", kMalformed},
            {"mn\r\n", "MN\r\n"}});
}

TEST(SwallowTest, ALargeOneNeither) {
  test::Setup setup;
  setup.policy.max_value_size = 1024;
  const std::string commands(40'000, '\n');
  converse(
      {{"set a 0 0 40000\r\n" + commands + "\r\n", "SERVER_ERROR object too large for cache\r\n"},
       {"set a 0 0 40000 noreply\r\n" + commands + "\r\n", ""},
       {"set a x 0 40000\r\n" + commands + "\r\n", kMalformed},
       {"mn\r\n", "MN\r\n"}},
      setup);
}

TEST(SwallowTest, TheRefusalDoesNotWaitForTheValue) {
  TestServer server;
  Client client{server};
  EXPECT_EQ(client.send("set a 0 0 2000000\r\n"), "SERVER_ERROR object too large for cache\r\n");
  EXPECT_FALSE(client.idle());
  EXPECT_EQ(client.send(std::string(2'000'001, '\n')), "");
  EXPECT_EQ(client.send("\nmn\r\n"), "MN\r\n");
  EXPECT_TRUE(client.idle());
}

TEST(SwallowTest, AValueOfUnknownLengthIsTakenForCommands) {
  converse({{"set a 0 0 -1\r\nmn\r\n", std::string{kMalformed} + "MN\r\n"},
            {"set a 0 0 x\r\nbogus\r\n", std::string{kMalformed} + "ERROR\r\n"}});
}

TEST(BadChunkTest, AValueThatDoesNotEndWhereItShould) {
  converse({{"set a 0 0 1\r\n1\r\n", "STORED\r\n"},
            {"set a 0 0 3\r\nabcd\r", kBadChunk},
            {"\n", kMalformed},
            {"set a 0 0 3\r\nabc\n\n", kBadChunk},
            {"set a 0 0 0\r\nab", kBadChunk},
            {"get a\r\n", "VALUE a 0 1\r\n1\r\nEND\r\n"}});
}

TEST(BadChunkTest, WhatFollowsIsTakenForCommands) {
  converse({{"set a 0 0 1\r\nabcdefg\r\n", std::string{kBadChunk} + "ERROR\r\n"},
            {"set a 0 0 1\r\n12\nmn\r\n", std::string{kBadChunk} + "MN\r\n"}});
}

// ---- long lines ----

std::string list_of_keys(std::size_t size) {
  std::string line = "get";
  while (line.size() < size) line += " k" + std::to_string(line.size());
  return line.substr(0, size);
}

TEST(LongLineTest, IsAnsweredBeforeTheHangUp) {
  for (const std::size_t piece : {1U, 1000U, 5000U}) {
    TestServer server;
    Client client{server};
    EXPECT_EQ(client.send("mn\r\n"), "MN\r\n");
    const std::string line(protocol::kMaxLine - 1, 'x');
    std::string heard;
    for (std::size_t at = 0; at < line.size(); at += piece)
      heard += client.send(std::string_view{line}.substr(at, piece));
    EXPECT_EQ(heard, "");
    EXPECT_EQ(client.send("x"), kTooLong);
    EXPECT_TRUE(client.closed());
  }
}

TEST(LongLineTest, TheLongestLineIsAnswered) {
  TestServer server;
  Client client{server};
  EXPECT_EQ(client.send(std::string(protocol::kMaxLine - 1, 'x')), "");
  EXPECT_EQ(client.send("\n"), "ERROR\r\n");
}

/// The fault: 3000 bytes in one packet were answered, and in two the client was sent away.
TEST(LongLineTest, ItsBytesDecideNotHowTheyArrive) {
  TestServer server;
  const auto heard = [&](std::string_view line, std::size_t cut) {
    Client client{server};
    auto replies = client.send(line.substr(0, cut));
    replies += client.send(line.substr(cut));
    return replies + (client.closed() ? "closed" : "");
  };
  for (const std::size_t size : {2048U, 2049U, 3000U, 16'383U, 16'384U, 16'385U}) {
    const auto line = std::string(size - 1, 'x') + "\n";
    const auto whole = heard(line, size);
    EXPECT_EQ(whole, size <= protocol::kMaxLine ? "ERROR\r\n" : std::string{kTooLong} + "closed");
    for (std::size_t cut = 1; cut < size; ++cut) ASSERT_EQ(heard(line, cut), whole) << size << cut;
  }
}

TEST(LongLineTest, OneThatHasItsEndIsAnswered) {
  TestServer server;
  Client client{server};
  EXPECT_EQ(client.send("delete " + std::string(5000, 'x') + "\r\nmn\r\n"),
            std::string{kMalformed} + "MN\r\n");
}

TEST(LongLineTest, ListsOfKeysMayBeLonger) {
  converse({{"set k3 0 0 1\r\n1\r\n", "STORED\r\n"},
            {list_of_keys(3000) + "\r\n", "VALUE k3 0 1\r\n1\r\nEND\r\n"},
            {list_of_keys(20'000) + "\n", "VALUE k3 0 1\r\n1\r\nEND\r\n"},
            {"mn\r\n", "MN\r\n"}});
}

// ---- the end of a conversation ----

TEST(HangUpTest, QuitKeepsEarlierRepliesAndForgetsWhatFollows) {
  converse({{"set a 0 0 1\r\n1\r\n", "STORED\r\n"},
            {"get a\r\n", "VALUE a 0 1\r\n1\r\nEND\r\n"},
            {"quit\r\n", ""},
            {"get a\r\n", ""}},
           {}, Ending::hangs_up);
}

TEST(HangUpTest, HttpByMistake) {
  converse({{"GET / HTTP/1.1\r\nHost: cache\r\n\r\n", ""}}, {}, Ending::hangs_up);
}

/// A script in a browser may choose any method; its body would be the next commands.
TEST(HangUpTest, ARequestLineOfHttpWhoseMethodIsACommandHangsUp) {
  for (const auto* line :
       {"touch / HTTP/1.1", "mg / HTTP/1.1", "stats /a?b HTTP/1.0", "watch * HTTP/1.1",
        "get http://cache/ HTTP/1.1", "flush_all / HTTP/1.1", "version /set%20a HTTP/2.0"})
    converse({{std::string{line} + "\r\nset a 0 0 1\r\n1\r\n", ""}}, {}, Ending::hangs_up);
}

TEST(HangUpTest, KeysThatLookLikeHttpAreKeys) {
  converse({{"set HTTP/1.1 0 0 1\r\n1\r\n", "STORED\r\n"},
            {"get HTTP/1.1\r\n", "VALUE HTTP/1.1 0 1\r\n1\r\nEND\r\n"},
            {"get a HTTP/1.1\r\n", "VALUE HTTP/1.1 0 1\r\n1\r\nEND\r\n"},
            {"get /index.html /a/b\r\n", "END\r\n"}});
  converse({{"mn\r\n", "MN\r\n"}, {"POST /x HTTP/1.0\r\nset a 0 0 1\r\n1\r\n", ""}}, {},
           Ending::hangs_up);
}

TEST(HangUpTest, KeepsLargeReplies) {
  const std::string value(50'000, 'v');
  converse({{"set a 0 0 50000\r\n" + value + "\r\n", "STORED\r\n"},
            {"get a a\r\n",
             "VALUE a 0 50000\r\n" + value + "\r\nVALUE a 0 50000\r\n" + value + "\r\nEND\r\n"},
            {"quit\r\n", ""}},
           {}, Ending::hangs_up);
}

// ---- fairness ----

class FairnessTest : public testing::Test {
 protected:
  static test::Setup turns(unsigned requests) {
    test::Setup setup;
    setup.policy.requests_per_event = requests;
    return setup;
  }

  static std::string repeated(std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  }
};

TEST_F(FairnessTest, OthersHaveATurnAfterSoManyRequests) {
  TestServer server{turns(5)};
  Client client{server};
  EXPECT_EQ(client.send(repeated("mn\r\n", 12)), repeated("MN\r\n", 12));
  EXPECT_EQ(client.yields(), 2U);
  EXPECT_EQ(server.count(Count::yield), 2U);
}

/// One send is one turn, however many reads it takes: its requests fill the buffer each time.
TEST_F(FairnessTest, ReadsInOneTurnShareItsRequests) {
  TestServer server{turns(5)};
  Client client{server};
  const std::string value(base::BlockPool::kBlockSize - 19, 'v');
  const auto request = "set a 0 0 16365\r\n" + value + "\r\n";
  ASSERT_EQ(request.size(), base::BlockPool::kBlockSize);
  EXPECT_EQ(client.send(repeated(request, 12)), repeated("STORED\r\n", 12));
  EXPECT_EQ(client.yields(), 2U);
}

TEST_F(FairnessTest, NobodyYieldsWithNothingLeftToAnswer) {
  TestServer server{turns(5)};
  Client client{server};
  client.send(repeated("mn\r\n", 5));
  for (int i = 0; i < 20; ++i) client.send("mn\r\n");
  EXPECT_EQ(client.yields(), 0U);
}

TEST_F(FairnessTest, TurnsPastTheWindowOfRequestsParsedAhead) {
  TestServer server{turns(40)};
  Client client{server};
  EXPECT_EQ(client.send(repeated("get a\r\n", 100)), repeated("END\r\n", 100));
  EXPECT_EQ(client.yields(), 2U);
}

std::string gets_of(std::size_t keys) {
  std::string line = "get";
  for (std::size_t i = 0; i < keys; ++i) line += " k" + std::to_string(i);
  return line + "\r\n";
}

/// The fault: a client with thousands of keys a line had as many requests a turn as any other.
TEST_F(FairnessTest, TheKeysOfAListCount) {
  constexpr std::size_t kKeys = 10 * TurnBudget::kKeys;
  TestServer server{turns(5)};
  Client client{server};
  EXPECT_EQ(client.send(gets_of(kKeys)), "END\r\n");
  EXPECT_EQ(client.yields(), 1U);
  EXPECT_EQ(client.send(gets_of(kKeys) + gets_of(kKeys)), "END\r\nEND\r\n");
  EXPECT_GE(client.yields(), 4U);
  EXPECT_EQ(server.count(Count::get), 3 * kKeys);
}

/// Longer than the input: its keys are answered as they arrive.
TEST_F(FairnessTest, TheKeysOfALongListCount) {
  constexpr std::size_t kKeys = 300 * TurnBudget::kKeys;
  TestServer server{turns(5)};
  Client client{server};
  EXPECT_EQ(client.send(gets_of(kKeys)), "END\r\n");
  EXPECT_GE(client.yields(), 45U);
  EXPECT_EQ(server.count(Count::get), kKeys);
}

TEST_F(FairnessTest, ShortListsAreAnsweredInOneTurn) {
  TestServer server{turns(5)};
  Client client{server};
  client.send(repeated(gets_of(TurnBudget::kKeys - 1), 5));
  EXPECT_EQ(client.yields(), 0U);
}

/// The fault: pipelines of `stats` held everybody up, a stop included.
TEST_F(FairnessTest, TheLinesOfStatisticsCount) {
  TestServer server{turns(20)};
  Client client{server};
  const auto cost = 1 + client.send("stats\r\n").size() / TurnBudget::kListedBytes;
  ASSERT_GT(cost, 1U);
  client.send(repeated("stats\r\n", 100));
  const auto in_a_turn = (20 + cost - 1) / cost;
  EXPECT_GE(client.yields(), 100 / in_a_turn - 1);
}

TEST_F(FairnessTest, WithOneRequestATurnEveryRequestGetsOn) {
  TestServer server{turns(1)};
  Client client{server};
  const auto stats = client.send("stats settings\r\n");
  EXPECT_EQ(client.send("stats settings\r\n" + gets_of(1000) + "mn\r\n"), stats + "END\r\nMN\r\n");
}

TEST_F(FairnessTest, LargeValuesCountAsRequests) {
  const std::string value(20'000, 'v');
  const auto set = "set a 0 0 20000\r\n" + value + "\r\n";
  TestServer server{turns(2)};
  Client client{server};
  EXPECT_EQ(client.send(repeated(set, 8)), repeated("STORED\r\n", 8));
  EXPECT_EQ(client.send("get a\r\n"), "VALUE a 0 20000\r\n" + value + "\r\nEND\r\n");
}

}  // namespace
}  // namespace cocached::command
