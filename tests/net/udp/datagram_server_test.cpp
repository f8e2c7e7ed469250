#include "net/udp/datagram_server.hpp"

#include "net/task_group.hpp"
#include "tests/support/test_server.hpp"

#include <deque>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string header(unsigned char sequence = 0, unsigned char total = 1) {
  return {'\x12', '\x34', '\0', static_cast<char>(sequence), '\0', static_cast<char>(total),
          '\0',   '\0'};
}

/// A network in the test's hands: what arrives, what has gone out, and which step fails.
class FakeNetwork {
 public:
  explicit FakeNetwork(IoExecutor executor) : timer_(executor) {}

  void arrives(std::string payload) {
    arriving.push_back(header() + payload);
    timer_.cancel();
  }
  void close() {
    open_ = false;
    timer_.cancel();
  }

  std::deque<std::string> arriving;
  std::vector<std::string> sent;
  std::size_t failing_step = std::numeric_limits<std::size_t>::max();
  error_code failure;
  std::size_t steps = 0;
  bool full = false;  // the next send would have to wait

 private:
  friend class FakeSocket;

  error_code step() {
    if (!open_) return asio::error::bad_descriptor;
    return steps++ == failing_step ? failure : error_code{};
  }
  Task<void> woken() {
    timer_.expires_at(std::chrono::steady_clock::time_point::max());
    co_await timer_.async_wait(as_value);
  }

  Timer timer_;
  bool open_ = true;
};

class FakeSocket {
 public:
  explicit FakeSocket(FakeNetwork& network) : network_(&network) {}

  Task<std::tuple<error_code, std::size_t>> async_receive(asio::mutable_buffer space,
                                                          udp::endpoint&, auto) {
    if (const auto error = network_->step()) co_return std::tuple{error, std::size_t{0}};
    while (network_->arriving.empty() && network_->open_) co_await network_->woken();
    if (!network_->open_)
      co_return std::tuple{error_code{asio::error::operation_aborted}, std::size_t{0}};
    const auto size = asio::buffer_copy(space, asio::buffer(network_->arriving.front()));
    network_->arriving.pop_front();
    co_return std::tuple{error_code{}, size};
  }
  std::size_t try_send(std::span<const asio::const_buffer> datagram, const udp::endpoint&,
                       error_code& error) {
    error = network_->step();
    if (!error && network_->full) error = asio::error::would_block;
    if (error) return 0;
    auto& bytes = network_->sent.emplace_back();
    for (const auto& piece : datagram)
      bytes.append(static_cast<const char*>(piece.data()), piece.size());
    return bytes.size();
  }
  Task<std::tuple<error_code>> async_wait_writable(auto) {
    const auto error = network_->step();
    network_->full = false;
    co_return std::tuple{error};
  }
  bool is_open() const { return network_->open_; }
  IoExecutor get_executor() { return network_->timer_.get_executor(); }

 private:
  FakeNetwork* network_;
};

static_assert(DatagramSocket<FakeSocket>);

class DatagramServerTest : public testing::Test {
 protected:
  void SetUp() override {
    tasks_.spawn(
        serve_datagrams(socket_, {server_.environment, blocks_, table_}, command::Protocols::any));
    turn();
  }
  void TearDown() override {
    network_.close();
    table_.interrupt_all();
    turn();
    EXPECT_TRUE(tasks_.empty());
    EXPECT_EQ(blocks_.used(), 0U);
  }

  void turn() {
    context_.restart();
    context_.poll();
  }
  void arrives(const std::string& payload) {
    network_.arrives(payload);
    turn();
  }
  void store(std::size_t size) {
    arrives("set a 0 0 " + std::to_string(size) + "\r\n" + std::string(size, 'x') + "\r\n");
    network_.sent.clear();
  }

  test::TestServer server_;
  base::BlockPool blocks_;
  ConnectionTable table_;
  asio::io_context context_{1};
  TaskGroup tasks_{context_.get_executor()};
  FakeNetwork network_{context_.get_executor()};
  FakeSocket socket_{network_};
};

TEST_F(DatagramServerTest, AnswersWhatComes) {
  arrives("mn\r\n");
  arrives("mn\r\nversion\r\n");
  EXPECT_THAT(network_.sent, ElementsAre(header() + "MN\r\n", header() + "MN\r\n",
                                         header() + "VERSION 1.6.45\r\n"));
}

TEST_F(DatagramServerTest, CountsTraffic) {
  arrives("mn\r\n");
  EXPECT_EQ(server_.count(command::Count::bytes_read), 12U);
  EXPECT_EQ(server_.count(command::Count::bytes_written), 12U);
}

TEST_F(DatagramServerTest, SendsLongRepliesInSeveral) {
  store(3000);
  arrives("get a\r\n");
  ASSERT_EQ(network_.sent.size(), 3U);
  for (unsigned char i = 0; i < 3; ++i) EXPECT_EQ(network_.sent[i].substr(0, 8), header(i, 3));
}

TEST_F(DatagramServerTest, WaitsWhereTheNetworkIsFull) {
  network_.full = true;
  arrives("mn\r\n");
  EXPECT_THAT(network_.sent, ElementsAre(header() + "MN\r\n"));
}

TEST_F(DatagramServerTest, EndsWhenTheSocketIsClosed) {
  network_.close();
  turn();
  EXPECT_TRUE(tasks_.empty());
}

TEST_F(DatagramServerTest, ADatagramThatCannotBeSentEndsItsMessageAlone) {
  store(3000);
  network_.failing_step = network_.steps + 1;  // the second of three
  network_.failure = asio::error::no_buffer_space;
  arrives("get a\r\n");
  EXPECT_EQ(network_.sent.size(), 1U);
  arrives("mn\r\n");
  EXPECT_EQ(network_.sent.back(), header() + "MN\r\n");
}

/// Each step fails once: it goes on with the next datagram, if need be after a pause, and ends when
/// it is told to.
TEST(DatagramServerStepsTest, WhateverFailsItGoesOn) {
  for (std::size_t step = 0; step < 6; ++step)
    for (const bool full : {false, true}) {
      SCOPED_TRACE(step);
      test::TestServer server;
      base::BlockPool blocks;
      ConnectionTable table;
      asio::io_context context{1};
      TaskGroup tasks{context.get_executor()};
      FakeNetwork network{context.get_executor()};
      FakeSocket socket{network};
      network.full = full;
      network.failing_step = step;
      network.failure = asio::error::no_memory;
      for (int i = 0; i < 3; ++i) network.arrives("mn\r\n");
      tasks.spawn(
          serve_datagrams(socket, {server.environment, blocks, table}, command::Protocols::any));
      while (!network.arriving.empty()) context.run_one();
      context.poll();
      EXPECT_THAT(network.arriving, IsEmpty());
      EXPECT_GE(network.sent.size(), 2U);
      network.close();
      table.interrupt_all();
      context.restart();
      context.poll();
      EXPECT_TRUE(tasks.empty());
    }
}

}  // namespace
}  // namespace cocached::net
