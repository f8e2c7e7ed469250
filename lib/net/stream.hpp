#pragma once

#include "net/poll/polled_socket.hpp"

#include <concepts>
#include <netinet/tcp.h>
#include <utility>

namespace cocached::net {

/// The view that the worker has of a connection's stream, from outside the coroutine. Used by the
/// worker's thread.
class Wire {
 public:
  /// Ends every wait with operation_aborted.
  virtual void cancel() noexcept = 0;
  virtual void close() noexcept = 0;
  virtual int descriptor() noexcept = 0;
  /// True once requests can flow (for TLS: after the handshake).
  virtual bool established() const noexcept { return true; }

 protected:
  ~Wire() = default;
};

/// The byte stream that a connection needs. `try_` functions never wait: where they would have
/// to, the error is would_block. `async_` functions may be called when `try_` would wait.
/// `available`: bytes that have arrived and are not read yet; with TLS perhaps some more.
template <class S>
concept ByteStream = std::derived_from<S, Wire> && std::move_constructible<S> &&
                     requires(S& stream, ReadBuffers read, WriteBuffers write, error_code& error) {
                       { stream.try_read(read, error) } -> std::same_as<std::size_t>;
                       { stream.try_write(write, error) } -> std::same_as<std::size_t>;
                       { stream.available() } -> std::same_as<std::size_t>;
                       stream.async_read_some(read, as_value);
                       stream.async_read_some(read.back(), as_value);
                       stream.async_write_some(write, as_value);
                       stream.async_wait_readable(as_value);
                       stream.async_give_turn(as_value);
                       { stream.get_executor() } -> std::same_as<IoExecutor>;
                       stream.shutdown_send();
                     };

/// The bytes that the kernel may hold before it sends them. Without a bound a client that does not
/// read could hold 4 MiB. Bytes on the wire do not count, so the bound slows no reader.
inline constexpr int kUnsentBytes = 256 << 10;

/// Sets the options of a connection's socket. Errors are ignored: the first read notices a client
/// that has left already.
inline void prepare(Socket& socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay{true}, ignored);
  socket.set_option(Socket::keep_alive{true}, ignored);
  using UnsentLimit = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;
  socket.set_option(UnsentLimit{kUnsentBytes}, ignored);
}

/// A plain TCP or Unix socket.
class SocketStream final : public Wire {
 public:
  explicit SocketStream(PolledSocket socket) : socket_(std::move(socket)) {}
  SocketStream(SocketStream&&) = default;

  std::size_t try_read(const ReadBuffers& buffers, error_code& error) {
    return socket_.read_some(buffers, error);
  }
  std::size_t try_write(WriteBuffers buffers, error_code& error) {
    return socket_.write_some(buffers, error);
  }
  std::size_t available() noexcept { return socket_.available(); }
  auto async_read_some(const auto& buffers, auto token) {
    return socket_.async_read_some(buffers, token);
  }
  auto async_write_some(WriteBuffers buffers, auto token) {
    return socket_.async_write_some(buffers, token);
  }
  auto async_wait_readable(auto token) { return socket_.async_wait(IoDirection::read, token); }
  auto async_give_turn(auto token) { return socket_.async_give_turn(token); }
  IoExecutor get_executor() { return socket_.get_executor(); }
  void shutdown_send() { socket_.shutdown_send(); }

  void cancel() noexcept override { socket_.cancel(); }
  void close() noexcept override { socket_.close(); }
  int descriptor() noexcept override { return socket_.native_handle(); }

 private:
  PolledSocket socket_;
};

static_assert(ByteStream<SocketStream>);

}  // namespace cocached::net
