#include "net/tls/tls_stream.hpp"

#include "net/task_group.hpp"
#include "tests/support/certificate.hpp"

#include <string>

#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/error.hpp>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

namespace cocached::net {
namespace {

using command::Count;

/// A TLS client whose bytes the test carries by hand.
class TlsPeer {
 public:
  explicit TlsPeer(Socket socket) : socket_(std::move(socket)) {
    socket_.non_blocking(true);
    SSL_set_connect_state(tls_.get());
    SSL_set_bio(tls_.get(), from_server_, to_server_);
  }

  /// Goes on with the handshake, as far as what has arrived allows.
  bool shake_hands() {
    take();
    const bool done = SSL_do_handshake(tls_.get()) == 1;
    give();
    return done;
  }
  void send(std::string_view bytes) {
    EXPECT_EQ(SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())), bytes.size());
    give();
  }
  void send_raw(std::string_view bytes) { socket_.write_some(asio::buffer(bytes)); }
  /// Returns the decrypted bytes that have arrived.
  std::string read() {
    std::string all;
    std::array<char, 4096> part{};
    std::size_t n = 0;
    take();
    while (SSL_read_ex(tls_.get(), part.data(), part.size(), &n) == 1) all.append(part.data(), n);
    return all;
  }
  bool was_told_goodbye() { return (SSL_get_shutdown(tls_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  void close() { socket_.close(); }

 private:
  struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  void take() {
    error_code error;
    std::array<char, 65536> part{};
    while (const auto n = socket_.read_some(asio::buffer(part), error))
      BIO_write(from_server_, part.data(), static_cast<int>(n));
  }
  void give() {
    char* bytes = nullptr;
    const auto size = static_cast<std::size_t>(BIO_get_mem_data(to_server_, &bytes));
    EXPECT_EQ(socket_.write_some(asio::buffer(bytes, size)), size);
    BIO_reset(to_server_);
  }

  Socket socket_;
  std::unique_ptr<SSL_CTX, FreeContext> context_{SSL_CTX_new(TLS_client_method())};
  TlsSession tls_{SSL_new(context_.get())};
  BIO* from_server_ = BIO_new(BIO_s_mem());  // the session's
  BIO* to_server_ = BIO_new(BIO_s_mem());
};

class TlsStreamTest : public testing::Test {
 protected:
  TlsStreamTest() {
    asio::local::stream_protocol::socket server{io_};
    asio::local::stream_protocol::socket client{io_};
    asio::local::connect_pair(server, client);
    peer_.emplace(adopt(client));
    polling_.spawn(poller_.run());
    stream_.emplace(PolledSocket{adopt(server), poller_}, context_.new_session(TlsMode::on),
                    blocks_, counters_);
  }

  ~TlsStreamTest() override {
    stream_.reset();
    poller_.stop();
    turn();
  }

  Socket adopt(asio::local::stream_protocol::socket& socket) {
    return Socket{io_.get_executor(), asio::local::stream_protocol{}, socket.release()};
  }

  /// Reads what is there; the error is in `error_`.
  std::string try_read() {
    std::string bytes(65536, '\0');
    const ReadBuffers buffers{asio::mutable_buffer{}, asio::buffer(bytes)};
    bytes.resize(stream_->try_read(buffers, error_));
    return bytes;
  }

  void shake_hands() {
    for (int turn = 0; turn < 10 && !stream_->established(); ++turn) {
      peer_->shake_hands();
      try_read();
    }
    peer_->shake_hands();
    ASSERT_TRUE(stream_->established());
  }

  std::uint64_t count(Count which) const {
    command::Totals totals;
    counters_.add_to(totals);
    return totals[which];
  }

  void turn() {
    io_.restart();
    io_.poll();
  }

  asio::io_context io_;
  Poller poller_{io_.get_executor()};
  TaskGroup polling_{io_.get_executor()};
  base::MemoryLedger ledger_{std::size_t{1} << 20};
  base::BlockPool blocks_{ledger_};
  command::Counters counters_;
  test::Certificate certificate_;
  TlsContext context_{{.chain_file = certificate_.path()}};
  std::optional<TlsPeer> peer_;
  std::optional<TlsStream> stream_;
  TaskGroup tasks_{io_.get_executor()};
  error_code error_;
};

/// The fault: the memory of OpenSSL was in no account.
TEST_F(TlsStreamTest, ItsSessionIsBooked) {
  EXPECT_EQ(ledger_.used(), TlsStream::kSessionBytes);
  stream_.reset();
  EXPECT_EQ(ledger_.used(), 0U);
  base::Booking others{ledger_};
  others.add(ledger_.limit() / 2, base::MemoryUse::large);
  others.add(ledger_.limit() / 2, base::MemoryUse::small);
  asio::local::stream_protocol::socket server{io_};
  asio::local::stream_protocol::socket client{io_};
  asio::local::connect_pair(server, client);
  EXPECT_THROW(stream_.emplace(PolledSocket{adopt(server), poller_},
                               context_.new_session(TlsMode::on), blocks_, counters_),
               base::NoMoreMemory);
  EXPECT_EQ(count(Count::no_buffers), 1U);
}

TEST_F(TlsStreamTest, TheHandshakeIsPartOfTheFirstRead) {
  EXPECT_EQ(try_read(), "");
  EXPECT_EQ(error_, asio::error::would_block);
  EXPECT_FALSE(stream_->established());
  shake_hands();
  EXPECT_EQ(count(Count::tls_new_session), 1U);
  peer_->send("get a\r\n");
  EXPECT_EQ(try_read(), "get a\r\n");
}

TEST_F(TlsStreamTest, AValueComesFirstAndWhatFollowsBehindIt) {
  shake_hands();
  peer_->send("val");
  peer_->send("ueget b\r\n");
  std::array<char, 5> value{};
  std::array<char, 100> input{};
  const auto n = stream_->try_read({asio::buffer(value), asio::buffer(input)}, error_);
  EXPECT_EQ(n, 12U);
  EXPECT_EQ(std::string_view(value.data(), value.size()), "value");
  EXPECT_EQ(std::string_view(input.data(), 7), "get b\r\n");
}

TEST_F(TlsStreamTest, PiecesGoOutInOrder) {
  shake_hands();
  const std::string large(40'000, 'v');
  const std::array pieces{asio::buffer("VALUE a 0 40000\r\n", 17), asio::buffer(large),
                          asio::buffer("\r\nEND\r\n", 7)};
  std::vector<asio::const_buffer> left{pieces.begin(), pieces.end()};
  std::string received;
  while (!left.empty()) {
    auto n = stream_->try_write(left, error_);
    ASSERT_FALSE(error_);
    for (; n > 0 && n >= left.front().size(); left.erase(left.begin())) n -= left.front().size();
    if (!left.empty()) left.front() += n;
    received += peer_->read();
  }
  EXPECT_EQ(received, "VALUE a 0 40000\r\n" + large + "\r\nEND\r\n");
}

TEST_F(TlsStreamTest, ARecordThatTheSocketTookInPartIsFinished) {
  shake_hands();
  std::string bytes(3'000'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 / 7);
  std::string_view left = bytes;
  std::string received;
  std::size_t waits = 0;
  while (!left.empty()) {
    const std::array piece{asio::const_buffer{left.data(), left.size()}};
    left.remove_prefix(stream_->try_write(piece, error_));
    if (!error_) continue;
    ASSERT_EQ(error_, asio::error::would_block);
    ++waits;
    received += peer_->read();
  }
  received += peer_->read();
  EXPECT_GT(waits, 0U);
  EXPECT_TRUE(received == bytes);
}

TEST_F(TlsStreamTest, SaysGoodbye) {
  shake_hands();
  stream_->shutdown_send();
  EXPECT_EQ(peer_->read(), "");
  EXPECT_TRUE(peer_->was_told_goodbye());
}

TEST_F(TlsStreamTest, BytesThatAreNoHandshakeAreCounted) {
  peer_->send_raw("get a\r\n");
  try_read();
  EXPECT_EQ(error_.category(), asio::error::get_ssl_category());
  EXPECT_EQ(count(Count::tls_handshake_error), 1U);
}

TEST_F(TlsStreamTest, BytesThatAreNoRecordAreCounted) {
  shake_hands();
  peer_->send_raw(std::string(100, 'x'));
  try_read();
  EXPECT_EQ(error_.category(), asio::error::get_ssl_category());
  EXPECT_EQ(count(Count::tls_protocol_error), 1U);
  EXPECT_EQ(count(Count::tls_handshake_error), 0U);
}

TEST_F(TlsStreamTest, AClientThatIsGoneIsAnEnd) {
  shake_hands();
  peer_->close();
  try_read();
  EXPECT_EQ(error_, asio::error::eof);
}

Task<void> read_into(TlsStream& stream, asio::mutable_buffer buffer, error_code& error,
                     std::size_t& size) {
  std::tie(error, size) = co_await stream.async_read_some(buffer, as_value);
}

TEST_F(TlsStreamTest, AWaitEndsWhenBytesCome) {
  shake_hands();
  std::array<char, 100> buffer{};
  std::size_t size = 0;
  tasks_.spawn(read_into(*stream_, asio::buffer(buffer), error_, size));
  turn();
  EXPECT_FALSE(tasks_.empty());
  peer_->send("abc");
  turn();
  EXPECT_TRUE(tasks_.empty());
  EXPECT_EQ(std::string_view(buffer.data(), size), "abc");
}

TEST_F(TlsStreamTest, AWaitIsBrokenOff) {
  std::array<char, 100> buffer{};
  std::size_t size = 0;
  tasks_.spawn(read_into(*stream_, asio::buffer(buffer), error_, size));
  turn();
  stream_->cancel();
  turn();
  EXPECT_TRUE(tasks_.empty());
  EXPECT_EQ(error_, asio::error::operation_aborted);
}

Task<void> wait_readable(TlsStream& stream) {
  co_await stream.async_wait_readable(as_value);
}

TEST_F(TlsStreamTest, TheIdleHoldNoBlock) {
  shake_hands();
  peer_->send("abc");
  EXPECT_EQ(try_read(), "abc");
  EXPECT_EQ(blocks_.used(), 1U);
  tasks_.spawn(wait_readable(*stream_));
  turn();
  EXPECT_EQ(blocks_.used(), 0U);
  peer_->send("more");
  turn();
  EXPECT_TRUE(tasks_.empty());
  EXPECT_EQ(try_read(), "more");
}

}  // namespace
}  // namespace cocached::net
