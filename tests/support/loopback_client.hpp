#pragma once

#include "net/types.hpp"

#include <chrono>
#include <memory>
#include <poll.h>
#include <string>
#include <string_view>

#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

namespace cocached::test {

/// A client on a blocking loopback socket. A call that would wait for ever fails instead.
class LoopbackClient {
 public:
  /// Has a descriptor already, and no connection yet.
  LoopbackClient() { socket_.open(net::tcp::v4()); }
  explicit LoopbackClient(const net::tcp::endpoint& server) : LoopbackClient() { connect(server); }

  LoopbackClient(LoopbackClient&&) = default;
  LoopbackClient& operator=(LoopbackClient&&) = delete;  // the socket would outlive its context

  void connect(const net::tcp::endpoint& server) { socket_.connect(server); }

  void send(std::string_view bytes) { net::asio::write(socket_, net::asio::buffer(bytes)); }
  /// Ends the client's stream; the client still receives.
  void finish() { socket_.shutdown(net::tcp::socket::shutdown_send); }

  /// Returns the next `size` bytes, or fewer if the server closes.
  std::string read(std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t done = 0;
    while (done < size && is_readable()) {
      net::error_code error;
      done += socket_.read_some(net::asio::buffer(&bytes[done], size - done), error);
      if (error) break;
    }
    bytes.resize(done);
    return bytes;
  }
  /// Returns true if bytes or the end have come already.
  bool has_reply() {
    pollfd waiting{.fd = socket_.native_handle(), .events = POLLIN, .revents = 0};
    return ::poll(&waiting, 1, 1) > 0;
  }
  /// Returns all bytes until the server closes.
  std::string read_to_end() { return read(std::size_t{1} << 26); }

  std::string ask(std::string_view request, std::size_t reply_size) {
    send(request);
    return read(reply_size);
  }

  net::tcp::endpoint endpoint() const { return socket_.local_endpoint(); }

 private:
  static constexpr std::chrono::milliseconds kPatience{60'000};

  bool is_readable() {
    pollfd waiting{.fd = socket_.native_handle(), .events = POLLIN, .revents = 0};
    const bool readable = ::poll(&waiting, 1, static_cast<int>(kPatience.count())) > 0;
    EXPECT_TRUE(readable) << "no reply";
    return readable;
  }

  std::unique_ptr<net::asio::io_context> context_ = std::make_unique<net::asio::io_context>();
  net::tcp::socket socket_{*context_};
};

/// Lets other threads run until `condition` holds. Returns false if it does not hold in time.
template <class Condition>
bool eventually(Condition condition) {
  constexpr std::chrono::seconds kPatience{60};
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::poll(nullptr, 0, 1);
  }
  return true;
}

}  // namespace cocached::test
