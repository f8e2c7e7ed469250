#include "net/poll/polled_socket.hpp"

#include "net/task_group.hpp"

#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

namespace cocached::net {
namespace {

/// One end watched by a poller, the other in the test's hands. Nothing happens but by `turn`.
class PolledSocketTest : public testing::Test {
 protected:
  using Local = asio::local::stream_protocol;

  PolledSocketTest() {
    polling_.spawn(poller_.run());
    socket_.emplace(connect(peer_));
    turn();
  }
  ~PolledSocketTest() override {
    socket_.reset();
    poller_.stop();
    turn();
    EXPECT_TRUE(polling_.empty());
  }

  /// A new connection: one end into `peer`.
  PolledSocket connect(Local::socket& peer) {
    Local::socket server{io_};
    asio::local::connect_pair(server, peer);
    return PolledSocket{Socket{io_.get_executor(), Local{}, server.release()}, poller_};
  }

  void turn() {
    io_.restart();
    io_.poll();
  }

  void peer_sends(std::string_view bytes) {
    asio::write(peer_, asio::buffer(bytes.data(), bytes.size()));
  }

  Task<void> read(PolledSocket& socket) {
    const auto [error, size] = co_await socket.async_read_some(asio::buffer(bytes_), as_value);
    error_ = error;
    received_.assign(bytes_.data(), size);
  }
  Task<void> write(std::string_view bytes) {
    const asio::const_buffer buffer{bytes.data(), bytes.size()};
    const auto [error, size] = co_await socket_->async_write_some({&buffer, 1}, as_value);
    error_ = error;
    written_ = size;
  }
  Task<void> wait(IoDirection direction) {
    const auto [error] = co_await socket_->async_wait(direction, as_value);
    error_ = error;
  }
  /// Reads, then ends another connection.
  Task<void> read_and_drop(PolledSocket& socket, std::optional<PolledSocket>& other) {
    co_await read(socket);
    other.reset();
  }

  /// Fills the socket until it takes no more; how much that was.
  std::size_t fill() {
    const std::string part(100'000, 'x');
    const asio::const_buffer buffer{part.data(), part.size()};
    std::size_t total = 0;
    error_code error;
    while (!error) total += socket_->write_some({&buffer, 1}, error);
    EXPECT_EQ(error, asio::error::would_block);
    return total;
  }
  void peer_reads(std::size_t size) {
    std::string bytes(size, '\0');
    asio::read(peer_, asio::buffer(bytes));
  }

  std::string read_now() {
    error_ = {};
    return {bytes_.data(), socket_->read_some(asio::buffer(bytes_), error_)};
  }

  asio::io_context io_{1};
  Poller poller_{io_.get_executor()};
  TaskGroup polling_{io_.get_executor()};
  TaskGroup tasks_{io_.get_executor()};
  Local::socket peer_{io_};
  std::optional<PolledSocket> socket_;
  std::array<char, 8> bytes_{};
  std::string received_;
  std::size_t written_ = 0;
  error_code error_ = asio::error::in_progress;
};

TEST_F(PolledSocketTest, AReadWaitsForBytes) {
  tasks_.spawn(read(*socket_));
  turn();
  EXPECT_FALSE(tasks_.empty());
  peer_sends("abc");
  turn();
  EXPECT_TRUE(tasks_.empty());
  EXPECT_FALSE(error_);
  EXPECT_EQ(received_, "abc");
}

TEST_F(PolledSocketTest, BytesThatCameWhileNobodyWaitedAreFound) {
  peer_sends("abc");
  turn();
  tasks_.spawn(read(*socket_));
  turn();
  EXPECT_EQ(received_, "abc");
}

TEST_F(PolledSocketTest, TheNextReadFindsTheBytesThatDidNotFit) {
  peer_sends("0123456789");
  turn();
  tasks_.spawn(read(*socket_));
  turn();
  EXPECT_EQ(received_, "01234567");
  tasks_.spawn(read(*socket_));
  turn();
  EXPECT_EQ(received_, "89");
  tasks_.spawn(read(*socket_));
  turn();
  EXPECT_FALSE(tasks_.empty());
  peer_sends("ab");
  turn();
  EXPECT_EQ(received_, "ab");
}

TEST_F(PolledSocketTest, AnEventOfBytesThatWereReadAlreadyWakesNobody) {
  peer_sends("abc");
  EXPECT_EQ(read_now(), "abc");
  tasks_.spawn(read(*socket_));
  turn();
  EXPECT_FALSE(tasks_.empty());
  peer_sends("def");
  turn();
  EXPECT_EQ(received_, "def");
}

/// The end comes with the last bytes, in one event: a short read is not the end of the story then.
TEST_F(PolledSocketTest, TheEndBehindAShortReadIsFound) {
  peer_sends("abc");
  peer_.close();
  turn();
  EXPECT_EQ(read_now(), "abc");
  tasks_.spawn(read(*socket_));
  turn();
  EXPECT_TRUE(tasks_.empty());
  EXPECT_EQ(error_, asio::error::eof);
}

// ---- short reads that are not the end ----

/// TCP, for urgent data.
class UrgentDataTest : public PolledSocketTest {
 protected:
  UrgentDataTest() {
    tcp::acceptor acceptor{io_, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
    client_.connect(acceptor.local_endpoint());
    auto server = acceptor.accept();
    socket_.emplace(Socket{io_.get_executor(), tcp::v4(), server.release()}, poller_);
    turn();
  }

  std::string read_all(std::size_t size) {
    std::string all;
    while (all.size() < size) {
      tasks_.spawn(read(*socket_));
      turn();
      if (!tasks_.empty()) break;
      all += received_;
    }
    return all;
  }

  tcp::socket client_{io_};
};

TEST_F(UrgentDataTest, BytesBehindItAreFound) {
  asio::write(client_, asio::buffer("abc", 3));
  client_.send(asio::buffer("!", 1), MSG_OOB);
  asio::write(client_, asio::buffer("def", 3));
  turn();
  EXPECT_EQ(read_all(6), "abcdef");
}

TEST_F(UrgentDataTest, AfterItASocketIsReadAsBefore) {
  client_.send(asio::buffer("!", 1), MSG_OOB);
  asio::write(client_, asio::buffer("abc", 3));
  turn();
  EXPECT_EQ(read_all(3), "abc");
  tasks_.spawn(read(*socket_));
  turn();
  EXPECT_FALSE(tasks_.empty());
  asio::write(client_, asio::buffer("def", 3));
  turn();
  EXPECT_EQ(received_, "def");
}

/// Sends `bytes` and with them a descriptor.
void send_with_descriptor(int to, std::string_view bytes, int descriptor) {
  iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof descriptor)> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  auto* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  ASSERT_EQ(::sendmsg(to, &message, 0), static_cast<ssize_t>(bytes.size()));
}

TEST_F(PolledSocketTest, BytesBehindDescriptorsAreFoundAndTheDescriptorsAreClosed) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  send_with_descriptor(peer_.native_handle(), "abc", pipe[1]);
  ::close(pipe[1]);
  peer_sends("def");
  turn();
  EXPECT_EQ(read_now(), "abc");
  tasks_.spawn(read(*socket_));
  turn();
  EXPECT_TRUE(tasks_.empty());
  EXPECT_EQ(received_, "def");
  char byte = 0;
  EXPECT_EQ(::read(pipe[0], &byte, 1), 0) << "somebody could still write";
  ::close(pipe[0]);
}

/// As Asio's calls do: whoever tries again with the same variable sees how it went this time.
TEST_F(PolledSocketTest, ASuccessClearsAnOlderError) {
  error_code error = asio::error::would_block;
  const asio::const_buffer buffer{"abc", 3};
  EXPECT_EQ(socket_->write_some({&buffer, 1}, error), 3U);
  EXPECT_FALSE(error);
  peer_sends("abc");
  error = asio::error::would_block;
  EXPECT_EQ(socket_->read_some(asio::buffer(bytes_), error), 3U);
  EXPECT_FALSE(error);
}

TEST_F(PolledSocketTest, TheEndWakesAReader) {
  tasks_.spawn(read(*socket_));
  turn();
  peer_.shutdown(Local::socket::shutdown_send);
  turn();
  EXPECT_EQ(error_, asio::error::eof);
}

TEST_F(PolledSocketTest, TwoBuffersAreFilledInOrder) {
  peer_sends("valueget b\r\n");
  std::array<char, 5> value{};
  error_code error;
  const auto n = socket_->read_some({asio::buffer(value), asio::buffer(bytes_)}, error);
  EXPECT_EQ(n, 12U);
  EXPECT_EQ(std::string_view(value.data(), value.size()), "value");
  EXPECT_EQ(std::string_view(bytes_.data(), 7), "get b\r\n");
}

TEST_F(PolledSocketTest, AWriteWaitsForRoom) {
  const auto before = fill();
  tasks_.spawn(write("tail"));
  turn();
  EXPECT_FALSE(tasks_.empty());
  peer_reads(before);
  turn();
  EXPECT_TRUE(tasks_.empty());
  EXPECT_FALSE(error_);
  EXPECT_EQ(written_, 4U);
}

TEST_F(PolledSocketTest, BytesThatComeWhileAWriteWaitsAreNotForgotten) {
  const auto before = fill();
  tasks_.spawn(write("tail"));
  turn();
  peer_sends("abc");
  turn();
  EXPECT_FALSE(tasks_.empty());
  peer_reads(before);
  turn();
  ASSERT_TRUE(tasks_.empty());
  tasks_.spawn(read(*socket_));
  turn();
  EXPECT_EQ(received_, "abc");
}

TEST_F(PolledSocketTest, AWriterLearnsThatTheClientHasLeft) {
  fill();
  tasks_.spawn(write("tail"));
  turn();
  peer_.close();
  turn();
  EXPECT_TRUE(tasks_.empty());
  EXPECT_TRUE(error_.failed());
}

TEST_F(PolledSocketTest, MorePiecesThanOneCallTakesGoOutInOrder) {
  std::string all;
  std::vector<asio::const_buffer> pieces;
  for (int i = 0; i < 100; ++i) all += static_cast<char>('a' + i % 26);
  for (const auto& byte : all) pieces.emplace_back(&byte, 1);
  std::size_t sent = 0;
  error_code error;
  while (sent < all.size() && !error)
    sent += socket_->write_some(std::span{pieces}.subspan(sent), error);
  std::string received(all.size(), '\0');
  asio::read(peer_, asio::buffer(received));
  EXPECT_EQ(received, all);
}

TEST_F(PolledSocketTest, AWaitTellsOfBytesAndTakesNone) {
  tasks_.spawn(wait(IoDirection::read));
  turn();
  EXPECT_FALSE(tasks_.empty());
  peer_sends("abc");
  turn();
  EXPECT_TRUE(tasks_.empty());
  EXPECT_EQ(read_now(), "abc");
}

TEST_F(PolledSocketTest, AWaitTellsOfRoom) {
  const auto before = fill();
  tasks_.spawn(wait(IoDirection::write));
  turn();
  EXPECT_FALSE(tasks_.empty());
  peer_reads(before);
  turn();
  EXPECT_TRUE(tasks_.empty());
  EXPECT_FALSE(error_);
}

TEST_F(PolledSocketTest, CancelBreaksOffAWait) {
  tasks_.spawn(read(*socket_));
  turn();
  socket_->cancel();
  EXPECT_FALSE(tasks_.empty());  // not from within
  turn();
  EXPECT_TRUE(tasks_.empty());
  EXPECT_EQ(error_, asio::error::operation_aborted);
  peer_sends("abc");
  turn();
  EXPECT_EQ(read_now(), "abc");
}

TEST_F(PolledSocketTest, CloseBreaksOffAWaitAndWhatComesAfterFails) {
  tasks_.spawn(read(*socket_));
  turn();
  socket_->close();
  turn();
  EXPECT_EQ(error_, asio::error::operation_aborted);
  EXPECT_EQ(read_now(), "");
  EXPECT_EQ(error_, asio::error::bad_descriptor);
  error_ = {};
  tasks_.spawn(read(*socket_));
  turn();
  EXPECT_TRUE(tasks_.empty());
  EXPECT_EQ(error_, asio::error::bad_descriptor);
}

TEST_F(PolledSocketTest, ASocketMayGoWhileItsEventIsHandedOut) {
  Local::socket second_peer{io_};
  std::optional<PolledSocket> second{connect(second_peer)};
  tasks_.spawn(read_and_drop(*socket_, second));
  turn();
  peer_sends("abc");
  asio::write(second_peer, asio::buffer("def", 3));
  turn();
  EXPECT_TRUE(tasks_.empty());
  EXPECT_EQ(received_, "abc");
  EXPECT_FALSE(second);
}

TEST(AbandonedSocketTest, AWaiterGoesWithThePoller) {
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> still_there = held;
  {
    asio::io_context io{1};
    asio::local::stream_protocol::socket client{io};
    asio::local::stream_protocol::socket server{io};
    asio::local::connect_pair(server, client);
    Poller poller{io.get_executor()};
    PolledSocket socket{Socket{io.get_executor(), asio::local::stream_protocol{}, server.release()},
                        poller};
    const auto wait = [](PolledSocket waiting, std::shared_ptr<int>) -> Task<void> {
      co_await waiting.async_wait(IoDirection::read, as_value);
    };
    TaskGroup tasks{io.get_executor()};
    tasks.spawn(wait(std::move(socket), std::move(held)));
    io.poll();
    EXPECT_FALSE(still_there.expired());
  }
  EXPECT_TRUE(still_there.expired());
}

/// More are ready than the kernel is asked for at once.
TEST_F(PolledSocketTest, EveryOneOfManyIsWoken) {
  constexpr std::size_t kMany = 300;
  std::vector<Local::socket> peers;
  std::vector<PolledSocket> sockets;
  for (std::size_t i = 0; i < kMany; ++i) sockets.push_back(connect(peers.emplace_back(io_)));
  for (auto& socket : sockets) tasks_.spawn(read(socket));
  turn();
  for (auto& peer : peers) asio::write(peer, asio::buffer("abc", 3));
  turn();
  EXPECT_TRUE(tasks_.empty());
}

}  // namespace
}  // namespace cocached::net
