#include "protocol/base64.hpp"
#include "tests/support/conversation.hpp"

#include <array>
#include <map>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// `lru_crawler metadump` and `mgdump`: what they say, in which turns, and how much at once.
namespace cocached::command {
namespace {

using test::Client;
using test::converse;
using test::TestServer;

constexpr const char* kMetadump = "lru_crawler metadump all\r\n";
constexpr const char* kMgdump = "lru_crawler mgdump all\r\n";

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto size = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

/// How often each line of `reply` occurs.
std::map<std::string, int> counted(std::string_view reply) {
  std::map<std::string, int> lines;
  for (auto& line : lines_of(reply)) ++lines[std::move(line)];
  return lines;
}

/// Fills a server with items `<prefix>0`, `<prefix>1`, ... and keeps their lines of `mgdump`.
class Filling {
 public:
  Filling(TestServer& server, std::string_view prefix, int items) {
    for (int i = 0; i != items; ++i) {
      const auto key = fmt::format("{}{}", prefix, i);
      const auto receipt = server.store.write(store::Key{key}, server.clock.now(), {}, "value");
      EXPECT_EQ(receipt.result, store::WriteResult::stored);
      lines_.insert("mg " + key + "\r\n");
    }
  }
  const std::set<std::string>& lines() const { return lines_; }

 private:
  std::set<std::string> lines_;
};

// ---- what is said ----

TEST(DumpTest, AnItem) {
  const auto later = [](int seconds) { return std::to_string(1'800'000'000 + seconds); };
  converse({{"set a 5 0 3\r\nabc\r\n", "STORED\r\n"},
            {kMetadump, "OK\r\nkey=a exp=-1 la=" + later(0) +
                            " cas=1 fetch=no cls=1 size=4 flags=5 \nEND\r\n"},
            {"set a 0 100 1\r\n1\r\nget a\r\n", "STORED\r\nVALUE a 0 1\r\n1\r\nEND\r\n"},
            {kMetadump, "OK\r\nkey=a exp=" + later(100) + " la=" + later(0) +
                            " cas=2 fetch=yes cls=1 size=2 flags=0 \nEND\r\n"},
            {kMgdump, "OK\r\nmg a\r\nEN\r\n"},
            {"mn\r\n", "MN\r\n"}});
}

TEST(DumpTest, KeysArePercentEncodedInOneAndBase64InTheOther) {
  converse({{"set %:/~-._\xff 0 0 0\r\n\r\n", "STORED\r\n"},
            {"lru_crawler metadump hash\r\n",
             "OK\r\nkey=%25%3A%2F~-._%FF exp=-1 la=1800000000 cas=1 fetch=no cls=1 size=8 flags=0 "
             "\nEND\r\n"},
            {kMgdump, "OK\r\nmg %:/~-._\xff\r\nEN\r\n"},
            {"delete %:/~-._\xff\r\n", "DELETED\r\n"},
            {"ms YSBi 0 b\r\n\r\n", "HD\r\n"},
            {kMgdump, "OK\r\nmg YSBi b\r\nEN\r\n"},
            {"lru_crawler metadump 1\r\n",
             "OK\r\nkey=a%20b exp=-1 la=1800000000 cas=2 fetch=no cls=1 size=3 flags=0 "
             "\nEND\r\n"}});
}

TEST(DumpTest, TheLongestLine) {
  const std::string key(250, '\xff');
  std::string encoded;
  for (int i = 0; i != 250; ++i) encoded += "%FF";
  converse({{"ms " + key + " 0 E18446744073709551615 F4294967295 T2800000000\r\n\r\n", "HD\r\n"},
            {kMetadump, "OK\r\nkey=" + encoded +
                            " exp=2800000000 la=1800000000 cas=18446744073709551615 fetch=no cls=1 "
                            "size=250 flags=4294967295 \nEND\r\n"}});
}

TEST(DumpTest, NothingToTell) {
  converse({{kMetadump, "OK\r\nEND\r\n"},
            {kMgdump, "OK\r\nEN\r\n"},
            {"set a 0 0 0\r\n\r\n", "STORED\r\n"},
            {"lru_crawler metadump 2,3\r\n", "OK\r\nEND\r\n"},
            {"lru_crawler mgdump 2\r\n", "OK\r\nEN\r\n"},
            {"lru_crawler metadump 64\r\n", "BADCLASS invalid class id\r\n"},
            {"lru_crawler mgdump x\r\n", "BADCLASS invalid class id\r\n"},
            {"flush_all\r\n", "OK\r\n"},
            {kMetadump, "OK\r\nEND\r\n"}});
}

TEST(DumpTest, Forbidden) {
  test::Setup setup;
  setup.policy.dump_allowed = false;
  converse({{kMetadump, "ERROR metadump not allowed\r\n"},
            {kMgdump, "ERROR key dump not allowed\r\n"},
            {"lru_crawler metadump x\r\n", "ERROR metadump not allowed\r\n"},
            {"mn\r\n", "MN\r\n"}},
           setup);
}

// ---- keys that are no words ----

/// Keys that only a client of the binary protocol can set: each would be a line, or more than one.
const auto kHostileKeys = std::to_array<std::string>(
    {"a\r\nflush_all\r\n", "a\nmg b", "a b", "\r", "\n", " ", "a\x7f", "\x1b[2J", "a\tb",
     std::string{"a\0b", 3}, std::string(250, '\n'), "END\r\n"});

void fill_with_hostile_keys(TestServer& server) {
  for (const auto& key : kHostileKeys) {
    const auto receipt = server.store.write(store::Key{key}, server.clock.now(), {}, "value");
    EXPECT_EQ(receipt.result, store::WriteResult::stored);
  }
}

TEST(HostileKeyTest, ADumpRunsNothingThatIsInAKey) {
  TestServer server;
  fill_with_hostile_keys(server);
  Client client{server};
  std::set<std::string> expected{"OK\r\n", "EN\r\n"};
  for (const auto& key : kHostileKeys)
    expected.insert("mg " + protocol::encode_base64(key) + " b\r\n");
  const auto lines = lines_of(client.send(kMgdump));
  EXPECT_EQ(std::set<std::string>(lines.begin(), lines.end()), expected);
}

TEST(HostileKeyTest, TheRequestsOfADumpReadTheItems) {
  TestServer server;
  fill_with_hostile_keys(server);
  Client client{server};
  for (const auto& line : lines_of(client.send(kMgdump))) {
    if (!line.starts_with("mg ")) continue;
    const auto with_key = line.substr(0, line.size() - 2) + " k v\r\n";
    const auto encoded = line.substr(3, line.find(' ', 3) - 3);
    EXPECT_EQ(client.send(with_key), "VA 5 k" + encoded + " b\r\nvalue\r\n");
    EXPECT_THAT(client.send("me" + line.substr(2)), testing::StartsWith("ME " + encoded + " exp="));
  }
}

TEST(HostileKeyTest, EveryOtherListShowsItAsAWord) {
  TestServer server;
  fill_with_hostile_keys(server);
  Client client{server};
  for (const auto* list : {"stats cachedump 1 0\r\n", kMetadump}) {
    const auto lines = lines_of(client.send(list));
    const bool says_ok = lines.front() == "OK\r\n";
    EXPECT_EQ(lines.size(), kHostileKeys.size() + 1 + (says_ok ? 1 : 0)) << list;
    for (const auto& line : lines) {
      if (!line.starts_with("ITEM ")) continue;
      EXPECT_EQ(line.find(" [5 b; 0 s]\r\n"), line.find(' ', 5));
    }
  }
}

TEST(HostileKeyTest, NamesOfNamespacesAreWords) {
  test::Setup setup;
  setup.prefix_stats = true;
  TestServer server{setup};
  const store::Key key{"a\r\nEND\r\n%:1"};
  server.store.write(key, server.clock.now(), {}, "value");
  server.store.read(key, server.clock.now(), {.tally = true}, [](const store::Hit&) {});
  Client client{server};
  EXPECT_EQ(client.send("stats detail dump\r\n"),
            "PREFIX a%0D%0AEND%0D%0A%25 get 1 hit 1 set 0 del 0\r\nEND\r\n");
  const auto report = client.send("ns stats\r\n");
  EXPECT_THAT(report, testing::HasSubstr("STAT a%0D%0AEND%0D%0A%25:items 1\r\n"));
  EXPECT_EQ(report.find("END\r\n"), report.size() - 5);
}

// ---- many items ----

TEST(DumpOfManyTest, TellsEachItemOnce) {
  constexpr int kItems = 10'000;
  TestServer server;
  const Filling items{server, "key-", kItems};
  Client client{server};

  auto lines = counted(client.send(kMgdump));
  EXPECT_EQ(lines.size(), kItems + 2U);
  for (const auto& line : items.lines()) EXPECT_EQ(lines[line], 1) << line;

  lines = counted(client.send(kMetadump));
  EXPECT_EQ(lines.size(), kItems + 2U);
  EXPECT_TRUE(client.idle());
}

TEST(DumpOfManyTest, IsOneAnswerAmongOthers) {
  TestServer server;
  const Filling items{server, "key-", 1000};
  const std::string says = fmt::format("version\r\n{}mn\r\n{}mn\r\n", kMgdump, kMetadump);
  const auto whole = Client{server}.send(says);
  EXPECT_TRUE(whole.ends_with("END\r\nMN\r\n"));
  for (std::size_t cut = 0; cut <= says.size(); ++cut) {
    Client client{server};
    auto heard = client.send(std::string_view{says}.substr(0, cut));
    heard += client.send(std::string_view{says}.substr(cut));
    ASSERT_EQ(heard, whole) << "cut at " << cut;
    ASSERT_TRUE(client.idle());
  }
}

TEST(DumpOfManyTest, OthersHaveTurns) {
  TestServer server;
  const Filling items{server, "key-", 10'000};
  Client client{server};
  client.send(kMgdump);
  EXPECT_GE(client.yields(), 100U);
}

/// A client that does not read: what the session makes ready for it, and when.
class UnreadDumpTest : public testing::Test {
 protected:
  UnreadDumpTest() { arrive(kMetadump); }

  void arrive(std::string_view bytes) {
    std::ranges::copy(bytes, input_.prepare().begin());
    input_.commit(bytes.size());
  }

  /// Answers until the batch is full, or the dump is over.
  NextStep fill() {
    auto need = session_.answer(input_, batch_);
    while (std::holds_alternative<Yield>(need)) need = session_.answer(input_, batch_);
    return need;
  }

  std::string take() {
    std::string text;
    for (const auto& piece : batch_.replies.pieces())
      text.append(static_cast<const char*>(piece.data()), piece.size());
    batch_.clear();
    return text;
  }

  TestServer server_;
  base::BlockPool pool_;
  protocol::InputBuffer input_{pool_};
  Batch batch_{pool_};
  Session session_{server_.environment};
};

TEST_F(UnreadDumpTest, NoMoreThanABatchIsMadeReady) {
  constexpr std::size_t kBatch = protocol::ReplyBatch::kMaxBlocks * base::BlockPool::kBlockSize;
  const Filling items{server_, std::string(230, ':'), 10'000};  // long lines
  std::size_t batches = 0;
  while (std::holds_alternative<BatchFull>(fill())) {
    EXPECT_LE(batch_.replies.bytes(), 2 * kBatch);
    const bool idle = session_.is_idle();
    EXPECT_EQ(idle, take().ends_with("END\r\n"));  // which may be what fills the last batch
    ++batches;
  }
  EXPECT_GE(batches, 10'000U * 230 * 3 / (2 * kBatch));
  EXPECT_TRUE(session_.is_idle());
}

TEST_F(UnreadDumpTest, NothingHappensWhileTheBatchIsFull) {
  const Filling items{server_, "key-", 10'000};
  fill();
  const auto bytes = batch_.replies.bytes();
  EXPECT_TRUE(std::holds_alternative<BatchFull>(session_.answer(input_, batch_)));
  EXPECT_EQ(batch_.replies.bytes(), bytes);
}

TEST_F(UnreadDumpTest, TheStoreIsFreeBetweenTwoPasses) {
  const Filling before{server_, "key-", 10'000};
  EXPECT_TRUE(std::holds_alternative<BatchFull>(fill()));
  const Filling meanwhile{server_, "other-", 10};  // would wait for ever for a lock that is held
  server_.store.flush(server_.clock.now());
  take();
  EXPECT_TRUE(std::holds_alternative<MoreInput>(fill()));
  EXPECT_EQ(take(), "END\r\n");
}

/// Items that come, go and change during a dump are told or not; those that stay are told once.
TEST(DumpOfChangingItemsTest, WhatStaysIsToldOnce) {
  TestServer server;
  const Filling staying{server, "stays-", 5000};
  const Filling leaving{server, "leaves-", 5000};
  base::BlockPool pool;
  protocol::InputBuffer input{pool};
  Batch batch{pool};
  Session session{server.environment};
  const std::string_view request = kMgdump;
  std::ranges::copy(request, input.prepare().begin());
  input.commit(request.size());

  std::string heard;
  int turn = 0;
  const auto write = [&](const std::string& key, std::string_view value) {
    server.store.write(store::Key{key}, server.clock.now(), {}, value);
  };
  for (bool over = false; !over;) {
    over = std::holds_alternative<MoreInput>(session.answer(input, batch));
    for (const auto& piece : batch.replies.pieces())
      heard.append(static_cast<const char*>(piece.data()), piece.size());
    batch.clear();
    for (int i = turn * 20; i != turn * 20 + 20; ++i) {
      write(fmt::format("stays-{}", i % 5000), "another, longer value");
      write(fmt::format("comes-{}", i), "value");
      server.store.remove(store::Key{fmt::format("leaves-{}", i % 5000)}, server.clock.now(), {});
    }
    server.store.maintain(server.clock.now());
    ++turn;
  }
  auto lines = counted(heard);
  for (const auto& line : staying.lines()) EXPECT_EQ(lines[line], 1) << line;
  for (const auto& [line, times] : lines) EXPECT_LE(times, 1) << line;
}

}  // namespace
}  // namespace cocached::command
