#include "tests/support/conversation.hpp"

#include <array>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

/// Sessions of several worker threads on one store.
namespace cocached::command {
namespace {

using test::Client;
using test::TestServer;

constexpr std::size_t kThreads = 4;

/// Runs `work(client, thread number)` on each thread, each with counters of its own.
template <class Work>
void on_every_thread(TestServer& server, Work work) {
  std::array<std::jthread, kThreads> threads;
  for (std::size_t i = 0; i < kThreads; ++i)
    threads[i] = std::jthread{[&, i] {
      Counters counters;
      insight::LatencyRecorder latency;
      insight::KeyWatch keys{server.miss_ratio, true};
      Environment environment{
          {server.store, server.clock, server.view, server.policy}, counters, latency, keys};
      Client client{environment};
      work(client, i);
    }};
}

TEST(SessionThreadsTest, NoIncrementIsLost) {
  constexpr int kRounds = 300;
  TestServer server;
  Client client{server};
  client.send("set n 0 0 1\r\n0\r\n");
  on_every_thread(server, [](Client& mine, std::size_t) {
    for (int i = 0; i < kRounds; ++i) mine.send("incr n 1\r\nget n\r\n");
  });
  EXPECT_EQ(client.send("get n\r\n"), "VALUE n 0 4\r\n1200\r\nEND\r\n");
}

TEST(SessionThreadsTest, OneAddWins) {
  constexpr int kRounds = 200;
  TestServer server;
  std::atomic<int> stored{0};
  on_every_thread(server, [&](Client& mine, std::size_t thread) {
    for (int i = 0; i < kRounds; ++i)
      stored += mine.send(fmt::format("add k{} 0 0 1\r\n{}\r\n", i, thread)) == "STORED\r\n";
  });
  EXPECT_EQ(stored, kRounds);
}

/// Small and large values of one key, written and read by all: every answer is whole.
TEST(SessionThreadsTest, NobodySeesHalfAValue) {
  constexpr int kRounds = 60;
  constexpr std::size_t kSizes[] = {10, 3000, 40'000};
  TestServer server;
  on_every_thread(server, [&](Client& mine, std::size_t thread) {
    for (int i = 0; i < kRounds; ++i) {
      const auto size = kSizes[static_cast<std::size_t>(i) % std::size(kSizes)];
      const std::string value(size, static_cast<char>('a' + thread));
      ASSERT_EQ(mine.send(fmt::format("set k 0 0 {}\r\n{}\r\n", size, value)), "STORED\r\n");
      const auto heard = mine.send("get k\r\n");
      if (heard == "END\r\n") continue;  // flushed by another
      const auto start = heard.find('\n') + 1;
      const auto whole = heard.substr(start, heard.find('\r', start) - start);
      ASSERT_EQ(whole, std::string(whole.size(), whole.front()));
      if (i % 20 == 0) mine.send("flush_all\r\ndelete k\r\nstats\r\n");
    }
  });
}

}  // namespace
}  // namespace cocached::command
