#include "net/poll/poller.hpp"

#include "net/task_group.hpp"

#include <string>

#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

namespace cocached::net {
namespace {

/// Counts what a poller does to it; never gets anything done.
class CountingWaiter final : public Waiter {
 public:
  explicit CountingWaiter(int& attempts) : attempts_(attempts) {}
  bool attempt() noexcept override {
    ++attempts_;
    return false;
  }
  void finish(error_code) override {}

 private:
  int& attempts_;
};

/// One end of a connection watched by a poller, the other in the test's hands.
class PollerTest : public testing::Test {
 protected:
  using Local = asio::local::stream_protocol;

  PollerTest() {
    asio::local::connect_pair(socket_, peer_);
    socket_.non_blocking(true);
    watch_.descriptor = socket_.native_handle();
    EXPECT_FALSE(poller_.add(watch_));
    polling_.spawn(poller_.run());
    turn();
  }
  ~PollerTest() override {
    poller_.remove(watch_);
    poller_.stop();
    turn();
  }

  void turn() {
    io_.restart();
    io_.poll();
  }

  void wait_to_write() {
    const std::string part(100'000, 'x');
    error_code error;
    while (!error) socket_.write_some(asio::buffer(part), error);
    watch_.writable = false;
    watch_.emplace<CountingWaiter>(attempts_);
    watch_.direction = IoDirection::write;
    poller_.want_writable(watch_);
  }

  asio::io_context io_{1};
  Local::socket socket_{io_};
  Local::socket peer_{io_};
  WatchedSocket watch_;
  Poller poller_{io_.get_executor()};
  TaskGroup polling_{io_.get_executor()};
  int attempts_ = 0;
};

TEST_F(PollerTest, BytesThatArriveMakeNobodySendInVain) {
  wait_to_write();
  asio::write(peer_, asio::buffer("abc", 3));
  turn();
  EXPECT_TRUE(watch_.readable);
  EXPECT_EQ(attempts_, 0);
}

TEST_F(PollerTest, RoomToWriteIsToldOfAsLongAsSomebodyWaitsForIt) {
  wait_to_write();
  turn();
  EXPECT_TRUE(watch_.wants_writable);
  watch_.reset();
  std::string bytes(1'000'000, '\0');
  peer_.read_some(asio::buffer(bytes));
  turn();
  EXPECT_FALSE(watch_.wants_writable);
}

}  // namespace
}  // namespace cocached::net
