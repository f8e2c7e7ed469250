#include "tests/support/conversation.hpp"

#include <memory>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

/// Values too large to wait for in the input: they are read straight into the store's memory, and
/// sent from there.
namespace cocached::command {
namespace {

using test::Client;
using test::converse;
using test::TestServer;

constexpr auto kBlock = base::BlockPool::kBlockSize;

/// A value in which every misplaced byte shows.
std::string pattern(std::size_t size, char first = 'a') {
  std::string value(size, '\0');
  for (std::size_t i = 0; i < size; ++i)
    value[i] = static_cast<char>(first + static_cast<char>((i * 7 + i / 251) % 23));
  return value;
}

std::string store(std::string_view command, std::string_view key, std::string_view value,
                  std::string_view more = "") {
  return fmt::format("{} {} 0 0 {}{}\r\n{}\r\n", command, key, value.size(), more, value);
}

std::string found(std::string_view key, std::string_view value) {
  return fmt::format("VALUE {} 0 {}\r\n{}\r\nEND\r\n", key, value.size(), value);
}

TEST(LargeValueTest, EverySizeAroundABlockComesBackAsItWas) {
  TestServer server;
  for (std::size_t size = kBlock - 40; size < kBlock + 40; ++size) {
    const auto value = pattern(size);
    for (const std::size_t piece : {size + 100, kBlock, std::size_t{1000}}) {
      Client client{server};
      const auto request = store("set", "a", value) + "get a\r\n";
      std::string heard;
      for (std::size_t at = 0; at < request.size(); at += piece)
        heard += client.send(std::string_view{request}.substr(at, piece));
      ASSERT_EQ(heard, "STORED\r\n" + found("a", value)) << size << " in pieces of " << piece;
    }
  }
}

/// The ways of a value to the store: straight, or through blocks, where other values on their way
/// hold too much of the store.
class EachWayTest : public testing::TestWithParam<std::size_t> {
 protected:
  static test::Setup setup() {
    test::Setup setup;
    setup.arriving_of_others = GetParam();
    return setup;
  }
};

INSTANTIATE_TEST_SUITE_P(Ways, EachWayTest, testing::Values(0, std::size_t{1} << 20));

TEST_P(EachWayTest, IsStoredByEveryStorageCommand) {
  const auto large = pattern(20'000);
  const auto other = pattern(17'000, 'A');
  converse({{store("replace", "a", large), "NOT_STORED\r\n"},
            {store("append", "a", large), "NOT_STORED\r\n"},
            {store("add", "a", large), "STORED\r\n"},
            {store("add", "a", other), "NOT_STORED\r\n"},
            {"get a\r\n", found("a", large)},
            {store("append", "a", other), "STORED\r\n"},
            {store("prepend", "a", other), "STORED\r\n"},
            {"get a\r\n", found("a", other + large + other)},
            {store("cas", "a", other, " 999"), "EXISTS\r\n"},
            {store("cas", "a", other, " 3"), "STORED\r\n"},
            {store("cas", "b", other, " 3"), "NOT_FOUND\r\n"},
            {"get a\r\n", found("a", other)},
            {store("set", "a", large, " noreply"), ""},
            {"get a\r\n", found("a", large)}},
           setup());
}

TEST_P(EachWayTest, ABadEndStoresNothing) {
  const auto old = pattern(20'000);
  const auto value = pattern(17'000, 'A');
  const auto bad_end = fmt::format("set a 0 0 {}\r\n{}xy", value.size(), value);
  const auto quiet = fmt::format("set a 0 0 {} noreply\r\n{}\n\r", value.size(), value);
  converse({{store("set", "a", old), "STORED\r\n"},
            {bad_end, "CLIENT_ERROR bad data chunk\r\n"},
            {quiet, ""},
            {"get a\r\n", found("a", old)}},
           setup());
}

TEST(LargeValueTest, ReadIntoTheStoreInPiecesOfAnySize) {
  const auto value = pattern(100'000);
  const auto request = store("set", "a", value) + store("set", "b", value) + "get b\r\n";
  for (const std::size_t piece : {7U, 4096U, 16'384U, 65'536U, 99'999U}) {
    TestServer server;
    Client client{server};
    std::string heard;
    for (std::size_t at = 0; at < request.size(); at += piece)
      heard += client.send(std::string_view{request}.substr(at, piece));
    EXPECT_EQ(heard, "STORED\r\nSTORED\r\n" + found("b", value));
    EXPECT_TRUE(client.idle());
  }
}

TEST(LargeValueTest, TheLargestIsStoredAndOneByteMoreIsNot) {
  TestServer server;
  Client client{server};
  const auto largest = pattern(server.policy.max_value_size);
  EXPECT_EQ(client.send(store("set", "a", largest)), "STORED\r\n");
  EXPECT_EQ(client.send("get a\r\n"), found("a", largest));
  EXPECT_EQ(client.send(store("set", "a", largest + 'x')),
            "SERVER_ERROR object too large for cache\r\n");
  EXPECT_EQ(client.send("get a\r\n"), "END\r\n");
}

TEST(LargeValueTest, NobodySeesItBeforeItIsWhole) {
  TestServer server;
  Client writer{server};
  Client reader{server};
  const auto value = pattern(50'000);
  const auto request = store("set", "a", value);
  writer.send("set a 0 0 3\r\nold\r\n");
  for (const auto cut : {std::size_t{30}, std::size_t{25'000}, request.size() - 1}) {
    Client another{server};
    another.send(std::string_view{request}.substr(0, cut));
    EXPECT_EQ(reader.send("get a\r\n"), found("a", "old"));
    EXPECT_FALSE(another.idle());
  }  // clients that leave in the middle leave nothing behind
  EXPECT_EQ(reader.send("get a\r\n"), found("a", "old"));
  EXPECT_EQ(writer.send(request), "STORED\r\n");
  EXPECT_EQ(reader.send("get a\r\n"), found("a", value));
}

TEST(LargeValueTest, TheRulesAreThoseOfTheMomentItIsWhole) {
  TestServer server;
  Client slow{server};
  Client quick{server};
  const auto value = pattern(50'000);
  const auto request = store("add", "a", value);
  slow.send(std::string_view{request}.substr(0, 1000));
  EXPECT_EQ(quick.send("add a 0 0 5\r\nfirst\r\n"), "STORED\r\n");
  EXPECT_EQ(slow.send(std::string_view{request}.substr(1000)), "NOT_STORED\r\n");
  EXPECT_EQ(quick.send("get a\r\n"), found("a", "first"));
}

TEST(LargeValueTest, IsCopiedWherePinsHoldEnoughMemory) {
  TestServer server;
  Client client{server};
  for (int i = 0; i < 3000; ++i)
    client.send(store("set", "k" + std::to_string(i), pattern(3000, 'A')));
  client.send(store("set", "a", pattern(3000)));
  std::vector<store::Pin> pins;  // on all segments but the last
  for (int i = 0; i < 2900; ++i) {
    server.store.read(store::Key{"k" + std::to_string(i)}, server.clock.now(), {},
                      [&](const store::Hit& hit) { pins.push_back(hit.pin()); });
  }
  EXPECT_EQ(client.send("get a\r\n"), found("a", pattern(3000)));
  EXPECT_EQ(client.send("get a a\r\n").size(), 2 * found("a", pattern(3000)).size() - 5);
  EXPECT_EQ(client.send("mg a v\r\n"), "VA 3000\r\n" + pattern(3000) + "\r\n");
}

TEST(LargeValueTest, NoReplyBeginsWhoseValueFindsNoMemory) {
  test::Setup setup;
  setup.client_memory = 8 * base::BlockPool::kBlockSize;
  TestServer server{setup};
  {
    Client writer{server};
    for (int i = 0; i < 3000; ++i)
      writer.send(store("set", "k" + std::to_string(i), pattern(3000)));
    writer.send(store("set", "a", pattern(3000)));
  }
  std::vector<store::Pin> pins;  // on all segments but the last
  for (int i = 0; i < 2900; ++i) {
    server.store.read(store::Key{"k" + std::to_string(i)}, server.clock.now(), {},
                      [&](const store::Hit& hit) { pins.push_back(hit.pin()); });
  }
  base::Booking others{server.ledger};
  others.add(4 * base::BlockPool::kBlockSize, base::MemoryUse::large);
  base::BlockPool pool{server.ledger};
  for (const std::string_view request : {"get a\r\n", "mg a v\r\n"}) {
    protocol::InputBuffer input{pool};
    const auto space = input.prepare();
    input.commit(request.copy(space.data(), space.size()));
    Batch batch{pool};
    Session session{server.environment};
    EXPECT_THROW(session.answer(input, batch), base::NoMoreMemory) << request;
    EXPECT_TRUE(batch.empty()) << request;
  }
}

TEST_P(EachWayTest, AMetaSetIsAnsweredWithItsKeyAndFlags) {
  const auto value = pattern(40'000);
  converse({{fmt::format("ms YSBi 40000 b k O77 c\r\n{}\r\n", value), "HD kYSBi b O77 c1\r\n"},
            {"mg YSBi b s v\r\n", fmt::format("VA 40000 s40000\r\n{}\r\n", value)}},
           setup());
}

TEST_P(EachWayTest, AValueThatIsNotWholeIsSeenByNobody) {
  TestServer server{setup()};
  Client writer{server};
  Client reader{server};
  writer.send("set a 0 0 3\r\nold\r\n");
  {
    Client leaving{server};
    leaving.send(std::string_view{store("set", "a", pattern(100'000))}.substr(0, 90'000));
    EXPECT_EQ(reader.send("get a\r\n"), found("a", "old"));
  }
  EXPECT_EQ(reader.send("get a\r\n"), found("a", "old"));
}

/// Clients that announce values and send only their beginnings.
class UploadsTest : public testing::Test {
 protected:
  void serve(std::size_t client_memory) {
    test::Setup setup;
    setup.client_memory = client_memory;
    server_.emplace(setup);
  }

  void announce(int clients, std::size_t arrived) {
    for (int i = 0; i < clients; ++i) {
      uploads_.push_back(std::make_unique<Client>(*server_));
      uploads_.back()->send(fmt::format("set up{} 0 0 1000000\r\n", i) + pattern(arrived));
    }
  }

  std::optional<TestServer> server_{std::in_place};
  std::vector<std::unique_ptr<Client>> uploads_;
};

TEST_F(UploadsTest, AnnouncedValuesEvictNothing) {
  Client client{*server_};
  for (int i = 0; i < 500; ++i) client.send(store("set", fmt::format("k{}", i), pattern(1000)));
  announce(70, 2000);
  EXPECT_EQ(server_->store.stats().evictions, 0U);
  EXPECT_EQ(server_->store.stats().items, 500U);
}

TEST_F(UploadsTest, AreStoredWhenTheyAreWholeAllTheSame) {
  announce(10, 2000);
  const auto value = pattern(1'000'000);
  for (auto& upload : uploads_) EXPECT_EQ(upload->send(value.substr(2000) + "\r\n"), "STORED\r\n");
  Client client{*server_};
  EXPECT_EQ(client.send("get up9\r\n"), found("up9", value));
}

TEST_F(UploadsTest, TakeMemoryAsTheyArrive) {
  serve(std::size_t{64} << 20);
  announce(70, 2000);
  EXPECT_LE(server_->ledger.used(), 70 * 3 * kBlock);  // instead of 70 MB
  uploads_.clear();
  EXPECT_EQ(server_->ledger.used(), 0U);
}

TEST_F(UploadsTest, WithoutMemoryForTheRestOfAValueItIsRefused) {
  serve(40 * kBlock);
  Client client{*server_};
  client.send("set up3 0 0 3\r\nold\r\n");
  announce(3, 100'000);
  Client late{*server_};
  const auto value = pattern(1'000'000);
  const auto request = store("set", "up3", value) + "version\r\n";
  std::string heard;
  for (std::size_t at = 0; at < request.size(); at += kBlock)
    heard += late.send(std::string_view{request}.substr(at, kBlock));
  EXPECT_TRUE(heard.starts_with("SERVER_ERROR out of memory storing object\r\nVERSION ")) << heard;
  EXPECT_FALSE(late.closed());
  EXPECT_EQ(client.send("get up3\r\n"), "END\r\n");  // nobody reads what was to be replaced
  EXPECT_EQ(server_->count(Count::no_memory), 1U);
  EXPECT_LE(server_->ledger.used(), 40 * kBlock);
}

}  // namespace
}  // namespace cocached::command
