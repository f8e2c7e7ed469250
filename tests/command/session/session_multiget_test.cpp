#include "tests/support/conversation.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

/// Lists of keys whose answer is larger than one batch of replies.
namespace cocached::command {
namespace {

using protocol::ReplyBatch;
using test::Client;
using test::TestServer;

std::string key_of(std::size_t number) {
  return fmt::format("key:{:05}", number);
}

std::string value_of(std::size_t number, std::size_t size) {
  return std::string(size, static_cast<char>('a' + number % 26));
}

/// A server that holds every other one of the keys, with values of one size.
class MultigetTest : public testing::TestWithParam<std::size_t> {
 protected:
  MultigetTest() {
    test::Setup setup;
    setup.store.memory_limit = std::size_t{64} << 20;
    server_.emplace(setup);
    client_.emplace(*server_);
  }

  void store(std::size_t keys, std::size_t size) {
    for (std::size_t i = 0; i < keys; i += 2)
      client_->send(fmt::format("set {} 5 0 {}\r\n{}\r\n", key_of(i), size, value_of(i, size)));
  }

  static std::string request(std::size_t keys) {
    std::string line = "get";
    for (std::size_t i = 0; i < keys; ++i) line += " " + key_of(i);
    return line + "\r\n";
  }

  static std::string answer(std::size_t keys, std::size_t size) {
    std::string reply;
    for (std::size_t i = 0; i < keys; i += 2)
      reply += fmt::format("VALUE {} 5 {}\r\n{}\r\n", key_of(i), size, value_of(i, size));
    return reply + "END\r\n";
  }

  std::optional<TestServer> server_;
  std::optional<Client> client_;
};

TEST_P(MultigetTest, ThousandsOfKeysAreAnsweredInBatches) {
  constexpr std::size_t kKeys = 4000;
  const auto size = GetParam();
  store(kKeys, size);
  const auto line = request(kKeys);
  const auto expected = answer(kKeys, size) + "MN\r\n";
  for (const auto piece : {line.size() + 4, std::size_t{1000}}) {
    Client client{*server_};
    const auto all = line + "mn\r\n";
    std::string heard;
    for (std::size_t at = 0; at < all.size(); at += piece)
      heard += client.send(std::string_view{all}.substr(at, piece));
    EXPECT_TRUE(heard == expected) << heard.size() << " bytes instead of " << expected.size();
    EXPECT_GT(client.full_batches() + client.yields(), 0U);
    EXPECT_TRUE(client.idle());
  }
  EXPECT_EQ(server_->count(Count::get), 2 * kKeys);
  EXPECT_EQ(server_->count(Count::get_hit), kKeys);
}

INSTANTIATE_TEST_SUITE_P(ValueSizes, MultigetTest,
                         testing::Values(100, ReplyBatch::kCopyLimit - 1, ReplyBatch::kCopyLimit,
                                         ReplyBatch::kCopyLimit + 1, 10'000));

TEST_F(MultigetTest, AFullBatchInAPipelineHoldsUpWhatFollows) {
  constexpr std::size_t kSize = 200'000;
  client_->send(fmt::format("set a 0 0 {}\r\n{}\r\n", kSize, value_of(0, kSize)));
  const auto hit = fmt::format("VALUE a 0 {}\r\n{}\r\nEND\r\n", kSize, value_of(0, kSize));
  std::string asked;
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    asked += "get a\r\nincr n 1\r\n";
    expected += hit + "NOT_FOUND\r\n";
  }
  EXPECT_TRUE(client_->send(asked) == expected);
  EXPECT_GT(client_->full_batches(), 5U);
}

TEST_F(MultigetTest, TouchesEachKeyOnceThroughAllBatches) {
  constexpr std::size_t kKeys = 1000;
  constexpr std::size_t kSize = 5000;
  store(kKeys, kSize);
  const auto line = "gat 100" + request(kKeys).substr(3);
  EXPECT_TRUE(client_->send(line) == answer(kKeys, kSize));
  EXPECT_EQ(server_->count(Count::touch), kKeys);
  EXPECT_EQ(server_->count(Count::touch_hit), kKeys / 2);
  server_->clock.pass(std::chrono::seconds{101});
  EXPECT_EQ(client_->send(request(kKeys)), "END\r\n");
}

/// One client's session by hand, so that others can do something between its batches.
class BatchTest : public MultigetTest {
 protected:
  NextStep ask(std::string_view request) {
    while (!request.empty()) {
      const auto space = input_.prepare();
      const auto size = std::min(space.size(), request.size());
      std::ranges::copy(request.substr(0, size), space.begin());
      input_.commit(size);
      request.remove_prefix(size);
      if (!request.empty()) session_.answer(input_, batch_);
    }
    return session_.answer(input_, batch_);
  }

  std::string owed() const {
    std::string bytes;
    for (const auto& piece : batch_.replies.pieces())
      bytes.append(static_cast<const char*>(piece.data()), piece.size());
    return bytes;
  }

  base::BlockPool pool_;
  protocol::InputBuffer input_{pool_};
  Batch batch_{pool_};
  Session session_{server_->environment};
};

TEST_F(BatchTest, WhatIsPointedAtStaysAsItWasUntilItIsSent) {
  constexpr std::size_t kSize = 100'000;
  const auto set = [&](char byte) {
    return fmt::format("set a 0 0 {}\r\n{}\r\n", kSize, std::string(kSize, byte));
  };
  client_->send(set('1'));
  ask("get a\r\n");
  const auto before = owed();
  EXPECT_TRUE(before ==
              fmt::format("VALUE a 0 {}\r\n{}\r\nEND\r\n", kSize, std::string(kSize, '1')));
  client_->send(set('2') + "append a 0 0 1\r\nx\r\ndelete a\r\n" + set('3') + "flush_all\r\n");
  for (int i = 0; i < 100; ++i)  // enough to evict everything
    client_->send(fmt::format("set k{} 0 0 1000000\r\n{}\r\n", i, std::string(1'000'000, 'k')));
  EXPECT_TRUE(owed() == before);
  batch_.clear();
  EXPECT_TRUE(batch_.empty());
}

TEST_F(BatchTest, ItemsThatGoBetweenBatchesAreMissing) {
  constexpr std::size_t kKeys = 400;
  store(kKeys, 5000);
  auto need = ask(request(kKeys));
  ASSERT_TRUE(std::holds_alternative<BatchFull>(need));
  EXPECT_FALSE(session_.is_idle());
  client_->send("flush_all\r\n");
  std::string heard = owed();
  const auto first = heard.size();
  batch_.clear();
  need = session_.answer(input_, batch_);
  EXPECT_TRUE(std::holds_alternative<MoreInput>(need));
  heard += owed();
  EXPECT_TRUE(heard == answer(kKeys, 5000).substr(0, first) + "END\r\n");
  EXPECT_TRUE(session_.is_idle());
}

TEST_F(BatchTest, KeysThatHaveBeenAnsweredAreNotReadAgain) {
  constexpr std::size_t kKeys = 400;
  store(kKeys, 5000);
  ASSERT_TRUE(std::holds_alternative<BatchFull>(ask(request(kKeys))));
  std::string heard = owed();
  const auto last = heard.rfind("VALUE ") + std::string_view{"VALUE "}.size();
  const auto unread = input_.unread();
  const auto answered = unread.find(heard.substr(last, key_of(0).size()));
  // A session that read the line's start again would find its end there.
  std::fill_n(const_cast<char*>(unread.data()), answered, '\n');
  for (NextStep need = BatchFull{}; std::holds_alternative<BatchFull>(need);) {
    batch_.clear();
    need = session_.answer(input_, batch_);
    heard += owed();
  }
  EXPECT_TRUE(heard == answer(kKeys, 5000));
  EXPECT_TRUE(session_.is_idle());
}

TEST_F(BatchTest, AClientThatLeavesBetweenBatchesLeavesNothingBehind) {
  constexpr std::size_t kKeys = 400;
  store(kKeys, 5000);
  {
    base::BlockPool pool;
    protocol::InputBuffer input{pool};
    Batch batch{pool};
    Session session{server_->environment};
    const auto line = request(kKeys);
    std::ranges::copy(line, input.prepare().begin());
    input.commit(line.size());
    ASSERT_TRUE(std::holds_alternative<BatchFull>(session.answer(input, batch)));
  }
  EXPECT_EQ(client_->send("flush_all\r\n"), "OK\r\n");
}

TEST_F(BatchTest, ReleasedItHoldsNoMemory) {
  store(2, 100);
  ask("get " + key_of(0) + "\r\n");
  batch_.release();
  input_.release();
  EXPECT_EQ(pool_.used(), 0U);
}

}  // namespace
}  // namespace cocached::command
