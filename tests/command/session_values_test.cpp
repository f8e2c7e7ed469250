#include "tests/support/conversation.hpp"

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

TEST(LargeValueTest, IsStoredByEveryStorageCommand) {
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
            {"get a\r\n", found("a", large)}});
}

TEST(LargeValueTest, ABadEndStoresNothing) {
  const auto old = pattern(20'000);
  const auto value = pattern(17'000, 'A');
  const auto bad_end = fmt::format("set a 0 0 {}\r\n{}xy", value.size(), value);
  const auto quiet = fmt::format("set a 0 0 {} noreply\r\n{}\n\r", value.size(), value);
  converse({{store("set", "a", old), "STORED\r\n"},
            {bad_end, "CLIENT_ERROR bad data chunk\r\n"},
            {quiet, ""},
            {"get a\r\n", found("a", old)}});
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

}  // namespace
}  // namespace cocached::command
