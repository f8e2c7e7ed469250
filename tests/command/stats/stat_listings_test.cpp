#include "command/stats/namespace_stats.hpp"
#include "tests/support/binary_packet.hpp"
#include "tests/support/conversation.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// Long replies of `stats` and `ns stats`, which are made a piece at a time.
namespace cocached::command {
namespace {

using test::Client;
using test::TestServer;

constexpr std::size_t kItems = 5000;

/// A server whose every item has a namespace and a size of its own, and many connections.
class ListingTest : public testing::TestWithParam<const char*> {
 protected:
  ListingTest() {
    test::Setup setup;
    setup.store.memory_limit = std::size_t{64} << 20;
    setup.prefix_stats = true;
    setup.policy.track_sizes = true;
    server_.emplace(setup);
    for (std::size_t i = 0; i < kItems; ++i) {
      const auto key = fmt::format("{}:{:0>100}", i, i);
      server_->store.write(store::Key{key}, server_->clock.now(), {.tally = true},
                           std::string(i, 'v'));
    }
    for (int i = 0; i < 2000; ++i)
      server_->view.open.push_back({.descriptor = i, .address = "tcp:a:1", .state = "conn_read"});
  }

  static std::size_t lines_of(std::string_view reply) {
    return static_cast<std::size_t>(std::ranges::count(reply, '\n'));
  }

  std::optional<TestServer> server_;
};

TEST_P(ListingTest, NoMoreThanABatchIsMadeReadyForAClientThatDoesNotRead) {
  base::MemoryLedger ledger;
  base::BlockPool pool{ledger};
  protocol::InputBuffer input{pool};
  Batch batch{pool};
  Session session{server_->environment};
  const std::string_view request = GetParam();
  std::ranges::copy(request, input.prepare().begin());
  input.commit(request.size());
  auto need = session.answer(input, batch);
  while (std::holds_alternative<Yield>(need)) need = session.answer(input, batch);
  ASSERT_TRUE(std::holds_alternative<BatchFull>(need));
  EXPECT_LE(ledger.used(), std::size_t{1} << 20);  // of one to several megabytes
  EXPECT_TRUE(std::holds_alternative<BatchFull>(session.answer(input, batch)));
  EXPECT_FALSE(session.is_idle());
}

TEST_P(ListingTest, IsWholeWhenItIsRead) {
  Client client{*server_};
  const auto reply = client.send(GetParam());
  EXPECT_TRUE(reply.ends_with("END\r\n"));
  EXPECT_GE(lines_of(reply), 1000U);
  EXPECT_GT(client.full_batches() + client.yields(), 0U);
  EXPECT_TRUE(client.idle());
  EXPECT_EQ(server_->ledger.used(),
            server_->ledger.used() / base::BlockPool::kBlockSize * base::BlockPool::kBlockSize);
}

INSTANTIATE_TEST_SUITE_P(Dumps, ListingTest,
                         testing::Values("stats cachedump 1 0\r\n", "stats detail dump\r\n",
                                         "ns stats\r\n", "stats conns\r\n"));

TEST_F(ListingTest, EachNamespaceIsToldOnce) {
  Client client{*server_};
  const auto dump = client.send("stats detail dump\r\n");
  EXPECT_EQ(lines_of(dump), kItems + 1);
  for (std::size_t i = 0; i < kItems; i += 97)
    EXPECT_THAT(dump, testing::HasSubstr(fmt::format("PREFIX {} get 0 hit 0 set 1 del 0\r\n", i)));
  const auto list = client.send("ns stats\r\n");
  EXPECT_TRUE(list.starts_with(fmt::format("STAT namespaces {}\r\n", kItems)));
  EXPECT_EQ(lines_of(list), 1 + 11 * NamespaceListing::kListed + 1);
  EXPECT_THAT(list, testing::HasSubstr("STAT 4999:items 1\r\n"));  // the largest
  EXPECT_THAT(list, testing::Not(testing::HasSubstr("STAT 17:items")));
}

TEST_F(ListingTest, EachConnectionIsToldOnce) {
  Client client{*server_};
  const auto reply = client.send("stats conns\r\n");
  EXPECT_EQ(lines_of(reply), 3 * 2000 + 1U);
}

TEST_F(ListingTest, SizesAreCountedInTurns) {
  Client client{*server_};
  const auto reply = client.send("stats sizes\r\n");
  EXPECT_GE(lines_of(reply), kItems / 32);
  EXPECT_GE(client.yields(), kItems / 1000);
  std::uint64_t sum = 0;
  for (std::size_t at = reply.find("STAT "); at != reply.npos; at = reply.find("STAT ", at + 1))
    sum += std::stoull(reply.substr(reply.find(' ', at + 5) + 1));
  EXPECT_EQ(sum, kItems);
}

TEST_F(ListingTest, ADumpIsOfSomeItemsIfThatIsAskedFor) {
  Client client{*server_};
  EXPECT_EQ(lines_of(client.send("stats cachedump 1 100\r\n")), 101U);
}

TEST_F(ListingTest, InBinaryADumpIsOneOfSeveralPackets) {
  Client client{*server_};
  const test::Packet stat{.opcode = protocol::binary::Opcode::stat, .key = "detail dump"};
  const auto reply = client.send(stat.request());
  const test::Packet end{.opcode = protocol::binary::Opcode::stat};
  EXPECT_TRUE(reply.ends_with(end.reply()));
  EXPECT_THAT(reply, testing::HasSubstr("detailedPREFIX "));
  EXPECT_TRUE(client.idle());
}

/// As where other clients have what there is.
class ScarceMemoryTest : public testing::Test {
 protected:
  ScarceMemoryTest() {
    test::Setup setup;
    setup.client_memory = 4 * base::BlockPool::kBlockSize;
    setup.policy.track_sizes = true;
    server_.emplace(setup);
    others_ = base::Booking{server_->ledger};
    others_.add(2 * base::BlockPool::kBlockSize, base::MemoryUse::large);
    client_.emplace(*server_);
  }

  std::optional<TestServer> server_;
  base::Booking others_;
  std::optional<Client> client_;
};

TEST_F(ScarceMemoryTest, SmallListingsAreAnswered) {
  EXPECT_EQ(client_->send("set a 0 0 1\r\n1\r\n"), "STORED\r\n");
  EXPECT_EQ(client_->send("get a\r\n"), "VALUE a 0 1\r\n1\r\nEND\r\n");
  EXPECT_TRUE(client_->send("stats\r\n").ends_with("END\r\n"));
  EXPECT_TRUE(client_->send("stats cachedump 1 0\r\n").ends_with("END\r\n"));
}

TEST_F(ScarceMemoryTest, LargeListingsAreRefused) {
  EXPECT_EQ(client_->send("set a 0 0 1\r\n1\r\n"), "STORED\r\n");
  EXPECT_EQ(client_->send("stats sizes\r\n"), "SERVER_ERROR out of memory writing stats\r\n");
  EXPECT_EQ(client_->send("mn\r\n"), "MN\r\n");
}

TEST_F(ScarceMemoryTest, ALongReplyIsMadeInOneBlockThatIsFilledAgain) {
  std::string asked;
  std::string expected;
  client_->send("set a 0 0 2000\r\n" + std::string(2000, 'v') + "\r\n");
  for (int i = 0; i < 100; ++i) {
    asked += "get a\r\n";
    expected += "VALUE a 0 2000\r\n" + std::string(2000, 'v') + "\r\nEND\r\n";
  }
  EXPECT_TRUE(client_->send(asked) == expected);
  EXPECT_LE(server_->ledger.used(), 4 * base::BlockPool::kBlockSize);
}

/// The fault: a line was cut where memory ended, and the error stood behind its half.
TEST_F(ScarceMemoryTest, AListThatMemoryEndsInIsCutBetweenLines) {
  for (std::size_t blocks = 1; blocks <= 3; ++blocks) {
    base::MemoryLedger ledger{2 * blocks * base::BlockPool::kBlockSize};
    base::BlockPool pool{ledger};
    protocol::ReplyBatch batch{pool};
    const std::string line(1000, 'v');
    const protocol::WireFormat form;
    StatSink sink{batch, form};
    auto whole = batch.mark();
    EXPECT_THROW(
        for (;;) {
          whole = batch.mark();
          sink.field("name", line);
        },
        base::NoMoreMemory);
    sink.out_of_memory(whole);
    std::string owed;
    for (const auto& piece : batch.pieces())
      owed.append(static_cast<const char*>(piece.data()), piece.size());
    EXPECT_EQ(owed.size(), batch.bytes());
    EXPECT_TRUE(owed.ends_with("v\r\nSERVER_ERROR out of memory writing stats\r\n"));
  }
}

TEST_F(ScarceMemoryTest, ListsAreServedInOneBlock) {
  for (int i = 0; i < 1000; ++i) client_->send(fmt::format("set {:0>200} 0 0 1\r\n1\r\n", i));
  for (int i = 0; i < 200; ++i)
    server_->view.open.push_back({.descriptor = i, .address = "tcp:a:1", .state = "conn_read"});
  EXPECT_TRUE(client_->send("stats conns\r\n").ends_with("END\r\n"));
  EXPECT_TRUE(client_->send("stats cachedump 1 0\r\n").ends_with("END\r\n"));
  EXPECT_TRUE(client_->send("lru_crawler metadump all\r\n").ends_with("END\r\n"));
  EXPECT_TRUE(client_->send("lru_crawler mgdump all\r\n").ends_with("EN\r\n"));
  EXPECT_LE(server_->ledger.used(), 4 * base::BlockPool::kBlockSize);
}

}  // namespace
}  // namespace cocached::command
