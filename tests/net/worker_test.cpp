#include "net/worker.hpp"

#include "net/endpoint_text.hpp"
#include "tests/support/loopback_client.hpp"
#include "tests/support/test_server.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace cocached::net {
namespace {

using namespace std::chrono_literals;
using test::LoopbackClient;

constexpr auto kLong = 10min;  // never waited for

class WorkerTest : public testing::Test {
 protected:
  WorkerTest() { worker_->start(); }

  /// A client whose server's end the worker has.
  LoopbackClient connect() {
    LoopbackClient client{acceptor_.local_endpoint()};
    Socket socket{worker_->executor()};
    acceptor_.accept(socket);
    worker_->adopt(std::move(socket), *limit_.take(), options_);
    return client;
  }

  bool all_gone() {
    return test::eventually([&] { return limit_.open() == 0; });
  }

  command::Totals totals() const {
    command::Totals totals;
    worker_->counters().add_to(totals);
    return totals;
  }

  test::TestServer server_;
  ConnectionLimit limit_{100};
  ListenerOptions options_;
  std::unique_ptr<Worker> worker_ = std::make_unique<Worker>(
      WorkerServices{{server_.store, server_.clock, server_.view, server_.policy},
                     server_.miss_ratio},
      ClientLimits{});

 private:
  asio::io_context context_;
  tcp::acceptor acceptor_{context_, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
};

TEST_F(WorkerTest, ServesClients) {
  auto first = connect();
  auto second = connect();
  EXPECT_EQ(first.ask("set a 0 0 1\r\n1\r\n", 8), "STORED\r\n");
  EXPECT_EQ(second.ask("get a\r\n", 21), "VALUE a 0 1\r\n1\r\nEND\r\n");
  EXPECT_EQ(totals()[command::Count::connection_opened], 2U);
  first.finish();
  EXPECT_EQ(first.read_to_end(), "");
  second.finish();
  EXPECT_TRUE(all_gone());
  EXPECT_EQ(totals().connections(), 0U);
}

TEST_F(WorkerTest, SendsLargeValuesToAClientThatReadsLate) {
  const std::string value(1'000'000, 'v');
  auto client = connect();
  EXPECT_EQ(client.ask(fmt::format("set a 0 0 {}\r\n{}\r\n", value.size(), value), 8),
            "STORED\r\n");
  const auto found = fmt::format("VALUE a 0 {}\r\n{}\r\n", value.size(), value);
  client.send("get a a a a a a a a a a a a a a a a\r\nmn\r\n");
  for (int i = 0; i < 16; ++i) EXPECT_TRUE(client.read(found.size()) == found);
  EXPECT_EQ(client.read(9), "END\r\nMN\r\n");
}

TEST_F(WorkerTest, ListsItsConnections) {
  EXPECT_TRUE(worker_->connections().empty());
  auto client = connect();
  client.ask("mn\r\n", 4);
  const auto all = worker_->connections();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all.front().address, text_of(client.endpoint()));
  EXPECT_GE(all.front().descriptor, 0);
}

TEST_F(WorkerTest, WithoutConnectionsItStopsAtOnce) {
  worker_->stop(kLong);
  worker_->join();
}

TEST_F(WorkerTest, StoppedItClosesWhoIsIdle) {
  auto client = connect();
  client.ask("mn\r\n", 4);
  worker_->stop(kLong);
  worker_->join();
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(limit_.open(), 0U);
}

TEST_F(WorkerTest, StoppedItAnswersWhatHasArrived) {
  std::string asked;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    asked += "mn\r\n";
    expected += "MN\r\n";
  }
  auto client = connect();
  client.send(asked + "ge");
  worker_->stop(kLong);
  worker_->join();
  EXPECT_EQ(client.read_to_end(), expected);
}

TEST_F(WorkerTest, StoppedItWaitsForAClientToReadButNotForEver) {
  const std::string value(1'000'000, 'v');
  auto client = connect();
  client.ask(fmt::format("set a 0 0 {}\r\n{}\r\n", value.size(), value), 8);
  std::string many;
  for (int i = 0; i < 100; ++i) many += "get a\r\n";
  client.send(many);
  worker_->stop(kLong);
  worker_->stop(0ms);
  worker_->join();
  EXPECT_EQ(limit_.open(), 0U);
}

TEST_F(WorkerTest, StoppedItTakesNoMoreConnections) {
  worker_->stop(kLong);
  auto client = connect();
  worker_->join();
  worker_.reset();
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(limit_.open(), 0U);
}

TEST_F(WorkerTest, IsStoppedByItsEnd) {
  auto client = connect();
  client.ask("mn\r\n", 4);
  worker_.reset();
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(WorkerTest, MayEndWithoutEverHavingStarted) {
  const Worker idle{
      {{server_.store, server_.clock, server_.view, server_.policy}, server_.miss_ratio},
      ClientLimits{.idle = 10s}};
  EXPECT_TRUE(idle.connections().empty());
}

}  // namespace
}  // namespace cocached::net
