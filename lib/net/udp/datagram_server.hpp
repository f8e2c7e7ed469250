#pragma once

#include "net/connection_table.hpp"
#include "net/types.hpp"
#include "net/udp/datagram_conversation.hpp"

#include <concepts>
#include <span>
#include <utility>
#include <vector>

#include <boost/asio/basic_datagram_socket.hpp>
#include <boost/asio/post.hpp>

namespace cocached::net {

using asio::ip::udp;

/// The socket that serving datagrams needs. `try_send` sends one datagram as a whole, or says
/// would_block.
template <class S>
concept DatagramSocket = requires(S& socket, asio::mutable_buffer space, udp::endpoint& client,
                                  std::span<const asio::const_buffer> datagram, error_code& error) {
  socket.async_receive(space, client, as_value);
  { socket.try_send(datagram, client, error) } -> std::same_as<std::size_t>;
  socket.async_wait_writable(as_value);
  { socket.is_open() } -> std::same_as<bool>;
  { socket.get_executor() } -> std::same_as<IoExecutor>;
};

class UdpSocket {
 public:
  using AsioSocket = asio::basic_datagram_socket<udp, IoExecutor>;

  explicit UdpSocket(AsioSocket socket) : socket_(std::move(socket)) { socket_.non_blocking(true); }

  auto async_receive(asio::mutable_buffer space, udp::endpoint& client, auto token) {
    return socket_.async_receive_from(space, client, token);
  }
  std::size_t try_send(std::span<const asio::const_buffer> datagram, const udp::endpoint& client,
                       error_code& error) {
    return socket_.send_to(datagram, client, 0, error);
  }
  auto async_wait_writable(auto token) { return socket_.async_wait(AsioSocket::wait_write, token); }
  bool is_open() const { return socket_.is_open(); }
  void close() {
    error_code ignored;
    socket_.close(ignored);
  }
  IoExecutor get_executor() { return socket_.get_executor(); }
  int descriptor() { return socket_.native_handle(); }

 private:
  AsioSocket socket_;
};

static_assert(DatagramSocket<UdpSocket>);

/// The parts of its worker that serving datagrams uses. They outlive the task.
struct DatagramContext {
  command::Environment& environment;
  base::BlockPool& blocks;
  ConnectionTable& connections;
};

/// Sends each datagram by one scatter-gather write. Stops at an error: a client that lacks one
/// datagram of a reply cannot use the later ones.
template <DatagramSocket AsioSocket>
Task<void> send(AsioSocket& socket, udp::endpoint client, protocol::udp::UdpReply& message,
                command::Counters& counters) {
  for (auto datagram = message.next(); !datagram.empty(); datagram = message.next()) {
    error_code error;
    auto sent = socket.try_send(datagram, client, error);
    while (error == asio::error::would_block) {
      const auto [stopped] = co_await socket.async_wait_writable(as_value);
      if (stopped) co_return;
      sent = socket.try_send(datagram, client, error);
    }
    if (error) co_return;
    counters.add(command::Count::bytes_written, sent);
  }
}

/// Answers datagrams until `socket`, which outlives the task, is closed. A reply that cannot be
/// sent is lost, as any datagram may be.
template <DatagramSocket AsioSocket>
Task<void> serve_datagrams(AsioSocket& socket, DatagramContext context,
                           command::Protocols protocols) {
  constexpr std::chrono::milliseconds kPauseAfterError{10};
  std::vector<char> space(DatagramConversation::kMaxRequest);
  udp::endpoint client;
  DatagramConversation conversation{context.environment, context.blocks, protocols};
  while (socket.is_open()) {
    const auto [error, n] = co_await socket.async_receive(asio::buffer(space), client, as_value);
    if (error == asio::error::operation_aborted) co_return;
    if (error) {
      co_await context.connections.pause(socket.get_executor(), kPauseAfterError);
      continue;
    }
    conversation.received({space.data(), n});
    while (conversation.next_message()) {
      co_await send(socket, client, conversation.message(), context.environment.counters);
      co_await asio::post(socket.get_executor(), as_value);  // others have a turn
    }
  }
}

}  // namespace cocached::net
