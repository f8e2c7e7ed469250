#pragma once

#include "net/types.hpp"

#include <array>
#include <concepts>
#include <span>
#include <utility>

namespace cocached::net {

/// What the worker may do to a connection from outside its coroutine. From the worker's thread.
class Wire {
 public:
  /// Breaks off every wait with operation_aborted.
  virtual void cancel() noexcept = 0;
  virtual void close() noexcept = 0;
  virtual int descriptor() noexcept = 0;
  /// What must be agreed on before a client can say anything is agreed on.
  virtual bool established() const noexcept { return true; }

 protected:
  ~Wire() = default;
};

/// Where the next bytes go: the rest of a value in the store, then the input buffer.
using ReadBuffers = std::array<asio::mutable_buffer, 2>;
using WriteBuffers = std::span<const asio::const_buffer>;

/// What a conversation needs of a byte stream. `try_` functions never wait: where they would have
/// to, the error is would_block. `async_` functions may be called when `try_` would wait.
template <class S>
concept ByteStream = std::derived_from<S, Wire> && std::move_constructible<S> &&
                     requires(S& stream, ReadBuffers read, WriteBuffers write, error_code& error) {
                       { stream.try_read(read, error) } -> std::same_as<std::size_t>;
                       { stream.try_write(write, error) } -> std::same_as<std::size_t>;
                       stream.async_read_some(read, as_value);
                       stream.async_read_some(read.back(), as_value);
                       stream.async_write_some(write, as_value);
                       stream.async_wait_readable(as_value);
                       { stream.get_executor() } -> std::same_as<Executor>;
                       stream.shutdown_send();
                     };

/// As every connection wants its socket. A client that has left already is noticed by the first
/// read.
inline void prepare(Socket& socket) {
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.set_option(tcp::no_delay{true}, ignored);
  socket.set_option(Socket::keep_alive{true}, ignored);
}

/// A plain TCP or Unix socket.
class SocketStream final : public Wire {
 public:
  explicit SocketStream(Socket socket) : socket_(std::move(socket)) { prepare(socket_); }
  SocketStream(SocketStream&&) = default;

  std::size_t try_read(const ReadBuffers& buffers, error_code& error) {
    return socket_.read_some(buffers, error);
  }
  std::size_t try_write(WriteBuffers buffers, error_code& error) {
    return buffers.size() == 1 ? socket_.write_some(buffers.front(), error)
                               : socket_.write_some(buffers, error);
  }
  auto async_read_some(const auto& buffers, auto token) {
    return socket_.async_read_some(buffers, token);
  }
  auto async_write_some(WriteBuffers buffers, auto token) {
    return socket_.async_write_some(buffers, token);
  }
  auto async_wait_readable(auto token) { return socket_.async_wait(Socket::wait_read, token); }
  Executor get_executor() { return socket_.get_executor(); }
  void shutdown_send() {
    error_code ignored;  // the client may have closed first
    socket_.shutdown(Socket::shutdown_send, ignored);
  }

  void cancel() noexcept override {
    error_code ignored;  // a socket that is gone needs no cancel
    socket_.cancel(ignored);
  }
  void close() noexcept override {
    error_code ignored;
    socket_.close(ignored);
  }
  int descriptor() noexcept override { return socket_.native_handle(); }

 private:
  Socket socket_;
};

static_assert(ByteStream<SocketStream>);

}  // namespace cocached::net
