#include "tests/support/conversation.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

/// Lists of keys that are longer than a block of the input: answered as their keys arrive.
namespace cocached::command {
namespace {

using test::Client;
using test::kMalformed;
using test::TestServer;

constexpr auto kOneBlock = base::BlockPool::kBlockSize;
constexpr const char* kEnd = "END\r\n";

/// ` k1 k2 ... k<count>`
std::string keys(std::size_t count) {
  std::string list;
  for (std::size_t i = 1; i <= count; ++i) fmt::format_to(std::back_inserter(list), " k{}", i);
  return list;
}

/// Returns the reply to a list of those keys where each is its own value.
std::string found(std::size_t count, std::string_view cas = "") {
  std::string reply;
  for (std::size_t i = 1; i <= count; ++i) {
    const auto key = fmt::format("k{}", i);
    reply += fmt::format("VALUE {} 0 {}{}\r\n{}\r\n", key, key.size(), cas, key);
  }
  return reply;
}

std::string stored(std::size_t count) {
  std::string requests;
  for (std::size_t i = 1; i <= count; ++i) {
    const auto key = fmt::format("k{}", i);
    requests += fmt::format("ms {} {} q E7\r\n{}\r\n", key, key.size(), key);
  }
  return requests;
}

constexpr std::size_t kListedKeys = 3000;  // 17 KB

/// Where to cut a long line in two: near its ends and the end of a block, and at odd places.
std::vector<std::size_t> cuts_of(std::size_t size) {
  constexpr std::size_t kNear = 12;
  std::vector<std::size_t> cuts;
  for (std::size_t cut = 1; cut < size; ++cut) {
    const bool near =
        cut < kNear || cut + kNear > size || (cut > kOneBlock - kNear && cut < kOneBlock + 9);
    if (near || cut % 1999 == 0) cuts.push_back(cut);
  }
  return cuts;
}

/// Each of the exchanges must come out the same however its bytes arrive.
void converse_each(const test::Script& script) {
  for (const auto& [says, hears] : script) {
    TestServer server;
    Client client{server};
    client.send(stored(10));
    const auto all = says + "mn\r\n";
    const auto expected = hears + "MN\r\n";
    const auto hear = [&](std::size_t cut, std::size_t piece) {
      auto heard = client.send(std::string_view{all}.substr(0, cut));
      for (auto at = cut; at < all.size(); at += piece)
        heard += client.send(std::string_view{all}.substr(at, piece));
      return heard;
    };
    for (const auto cut : cuts_of(all.size()))
      ASSERT_TRUE(hear(cut, all.size()) == expected) << says.substr(0, 20) << " cut at " << cut;
    for (const std::size_t piece : {1U, 7U, 1000U, 16384U})
      ASSERT_TRUE(hear(0, piece) == expected) << says.substr(0, 20) << " in pieces of " << piece;
    EXPECT_TRUE(client.idle());
  }
}

TEST(KeyListTest, EveryCommandThatListsKeysMayListManyHoweverTheyArrive) {
  const auto list = keys(kListedKeys);
  ASSERT_GT(list.size(), kOneBlock);
  converse_each({{"get" + list + "\r\n", found(10) + kEnd},
                 {"gets" + list + "\r\n", found(10, " 7") + kEnd},
                 {"gat 100" + list + "\n", found(10) + kEnd},
                 {"gats 100" + list + " \r\n", found(10, " 7") + kEnd},
                 {"bget" + list + "\r\n", found(10) + kEnd}});
}

TEST(KeyListTest, MayBeOfAnyLength) {
  TestServer server;
  Client client{server};
  client.send(stored(kListedKeys));
  constexpr std::size_t kTimes = 400;  // 7 MB
  const auto rest = keys(kListedKeys);
  std::size_t heard = client.send("get").size();
  for (std::size_t i = 0; i < kTimes; ++i) heard += client.send(rest).size();
  const auto end = client.send("\r\nmn\r\n");
  EXPECT_TRUE(end.ends_with("END\r\nMN\r\n"));
  EXPECT_EQ(heard + end.size(), kTimes * found(kListedKeys).size() + 5 + 4);
  EXPECT_TRUE(client.idle());
  EXPECT_EQ(server.count(Count::get_hit), kTimes * kListedKeys);
}

TEST(KeyListTest, AnUnfinishedLineHoldsOneBlock) {
  TestServer server;
  Client client{server};
  client.send("get");
  for (int i = 0; i < 100; ++i) client.send(keys(kListedKeys));
  EXPECT_LE(server.ledger.used(), 2 * kOneBlock);
}

TEST(KeyListTest, KeysAreAnsweredBeforeTheLineEnds) {
  TestServer server;
  Client client{server};
  client.send(stored(10));
  EXPECT_EQ(client.send("get" + keys(kListedKeys)), found(10));
  EXPECT_FALSE(client.idle());
  EXPECT_EQ(client.send("0 k1 k"), "VALUE k1 0 2\r\nk1\r\n");
  EXPECT_EQ(client.send("2\r"), "");
  EXPECT_EQ(client.send("\n"), "VALUE k2 0 2\r\nk2\r\nEND\r\n");
}

TEST(KeyListTest, AfterAKeyThatIsTooLongTheRestIsSkipped) {
  const std::string longest(protocol::kMaxKeySize, 'x');
  converse_each({{"get" + keys(kListedKeys) + " " + longest + "\r\n", found(10) + kEnd},
                 {"get" + keys(kListedKeys) + " " + longest + "x k1\r\n", found(10) + kMalformed},
                 {"get " + longest + "x" + keys(kListedKeys) + "\r\n", kMalformed},
                 {"get " + std::string(kOneBlock + 1000, 'x') + "\r\n", kMalformed},
                 {"get" + keys(kListedKeys) + " " + longest + "x\r\n", found(10) + kMalformed}});
}

TEST(KeyListTest, WithoutAKeyItIsRefused) {
  const std::string blanks(kOneBlock + 1000, ' ');
  converse_each(
      {{"get" + blanks + "\r\n", kMalformed},
       {"get" + blanks + "k1 \r\n", found(1) + kEnd},
       {"gat 1x" + keys(kListedKeys) + "\r\n", "CLIENT_ERROR invalid exptime argument\r\n"}});
}

TEST(KeyListTest, ALongRequestLineOfHttpIsHungUpOnHoweverItArrives) {
  const std::string target = "/" + std::string(kOneBlock, 'x');
  const std::string body = "Host: cache\r\n\r\nset a 0 0 1\r\n1\r\n";
  for (const auto* start : {"get ", "gets ", "gat ", "gats ", "bget ", "get http://cache"})
    for (const auto* end : {" HTTP/1.1\r\n", " HTTP/1.0\n"}) {
      const auto line = start + target + end;
      const auto all = line + body;
      for (const auto cut : cuts_of(line.size() + 1)) {
        TestServer server;
        Client client{server};
        client.send(std::string_view{all}.substr(0, cut));
        client.send(std::string_view{all}.substr(cut));
        ASSERT_TRUE(client.closed()) << start << cut;
        ASSERT_EQ(server.count(Count::set), 0U) << start << cut;
      }
    }
}

TEST(KeyListTest, ALongListMayNameAVersionOfHttp) {
  converse_each({{"get" + keys(kListedKeys) + " HTTP/1.1\r\n", found(10) + kEnd},
                 {"get " + std::string(kOneBlock, 'x') + " k1HTTP/1.1\r\n", kMalformed}});
}

TEST(KeyListTest, BlanksBeforeTheCommandAreAnErrorAtAnyLength) {
  converse_each({{" get k1\r\n", "ERROR\r\n"}, {" get" + keys(kListedKeys) + "\r\n", "ERROR\r\n"}});
}

TEST(KeyListTest, OtherLinesOfThatLengthAreRefused) {
  for (const auto* command : {"mg", "delete"}) {
    TestServer server;
    Client client{server};
    EXPECT_EQ(client.send(command + keys(kListedKeys)), "CLIENT_ERROR line too long\r\n")
        << command;
    EXPECT_TRUE(client.closed());
  }
}

TEST(KeyListTest, InAManagedInstanceItNeedsAClaim) {
  ManagedBuckets buckets;
  test::Setup setup;
  setup.buckets = &buckets;
  TestServer server{setup};
  Client client{server};
  client.send("own 5:1\r\nbg 5:1\r\nset k1 0 0 2\r\nk1\r\n");
  const auto line = "get" + keys(kListedKeys) + "\r\n";
  EXPECT_EQ(client.send(line), "CLIENT_ERROR no BG data in managed mode\r\n");
  EXPECT_EQ(client.send("bg 5:1\r\n" + line), found(1) + kEnd);
  EXPECT_TRUE(client.idle());
}

TEST(KeyListTest, RepliesWaitForTheirReader) {
  TestServer server;
  base::BlockPool pool;
  protocol::InputBuffer input{pool};
  Batch batch{pool};
  Session session{server.environment};
  Client{server}.send(stored(kListedKeys));
  const auto line = "get" + keys(kListedKeys);
  const auto space = input.prepare();
  std::ranges::copy(line.substr(0, space.size()), space.begin());
  input.commit(space.size());
  auto need = session.answer(input, batch);
  while (std::holds_alternative<Yield>(need)) need = session.answer(input, batch);
  ASSERT_TRUE(std::holds_alternative<BatchFull>(need));
  const auto owed = batch.replies.bytes();
  const auto left = input.unread().size();
  EXPECT_TRUE(std::holds_alternative<BatchFull>(session.answer(input, batch)));
  EXPECT_EQ(batch.replies.bytes(), owed);
  EXPECT_EQ(input.unread().size(), left);
}

}  // namespace
}  // namespace cocached::command
