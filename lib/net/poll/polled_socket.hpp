#pragma once

#include "net/poll/poller.hpp"

#include <array>
#include <concepts>
#include <span>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

namespace cocached::net {

/// The places of the next bytes: the rest of a value in the store, then the input buffer.
using ReadBuffers = std::array<asio::mutable_buffer, 2>;
using WriteBuffers = std::span<const asio::const_buffer>;

/// A connected socket that never blocks, watched by its worker's poller. Its operations are those
/// of Asio with two differences: an asynchronous operation does not try in vain before it waits,
/// and only one of them runs at a time. Used by the poller's thread, and gone before it.
class PolledSocket {
 public:
  /// Takes the socket over from Asio. One that cannot be watched is a closed one.
  PolledSocket(Socket socket, Poller& poller);
  PolledSocket(PolledSocket&&) noexcept = default;
  ~PolledSocket();

  std::size_t read_some(asio::mutable_buffer buffer, error_code& error) noexcept {
    return receive(*watch_, buffer, error);
  }
  std::size_t read_some(const ReadBuffers& buffers, error_code& error) noexcept {
    return receive(*watch_, buffers, error);
  }
  /// Writes at most the 64 buffers that one system call takes.
  std::size_t write_some(WriteBuffers buffers, error_code& error) noexcept {
    return send(*watch_, buffers, error);
  }

  /// Bytes that wait in the kernel; 0 where it cannot tell.
  std::size_t available() const noexcept;

  auto async_read_some(const auto& buffers, auto token) {
    return operation<void(error_code, std::size_t)>(
        IoDirection::read, token, [buffers](WatchedSocket& watch, error_code& error) {
          return receive(watch, buffers, error);
        });
  }
  auto async_write_some(WriteBuffers buffers, auto token) {
    return operation<void(error_code, std::size_t)>(
        IoDirection::write, token,
        [buffers](WatchedSocket& watch, error_code& error) { return send(watch, buffers, error); });
  }
  auto async_wait(IoDirection direction, auto token) {
    return operation<void(error_code)>(direction, token,
                                       [direction](const WatchedSocket& watch, error_code& error) {
                                         if (!watch.may_try(direction))
                                           error = asio::error::would_block;
                                         return std::size_t{0};
                                       });
  }
  /// Completes when every connection that is ready by now has had its turn.
  auto async_give_turn(auto token) { return async_wait(IoDirection::none, token); }

  IoExecutor get_executor() { return watch_->poller->executor(); }
  int native_handle() const noexcept { return watch_->descriptor; }

  /// Ends the waiting operation with operation_aborted.
  void cancel() noexcept;
  void shutdown_send() noexcept;
  void close() noexcept;

 private:
  template <class Signature, class Attempt, class Handler>
  class Operation;

  static std::size_t receive(WatchedSocket& watch, asio::mutable_buffer buffer,
                             error_code& error) noexcept;
  static std::size_t receive(WatchedSocket& watch, const ReadBuffers& buffers,
                             error_code& error) noexcept;
  static std::size_t send(WatchedSocket& watch, WriteBuffers buffers, error_code& error) noexcept;

  template <class Signature>
  auto operation(IoDirection direction, auto token, auto to_try);
  void start(IoDirection direction) noexcept;

  std::unique_ptr<WatchedSocket> watch_;
};

/// Waits for a socket until `attempt` gets something done, then calls `handler`. Lives in the
/// watch.
template <class Signature, class Attempt, class Handler>
class PolledSocket::Operation final : public Waiter {
 public:
  Operation(WatchedSocket& watch, Attempt attempt, Handler handler)
      : watch_(watch), attempt_(std::move(attempt)), handler_(std::move(handler)) {}

  bool attempt() noexcept override {
    error_ = {};
    size_ = attempt_(watch_, error_);
    return error_ != asio::error::would_block;
  }

  void finish(error_code aborted) override {
    const auto error = aborted ? aborted : error_;
    const auto size = size_;
    auto handler = std::move(handler_);
    watch_.reset();  // this; there is room for the next operation
    if constexpr (std::same_as<Signature, void(error_code)>)
      std::move(handler)(error);
    else
      std::move(handler)(error, size);
  }

 private:
  WatchedSocket& watch_;
  Attempt attempt_;
  Handler handler_;
  error_code error_;
  std::size_t size_ = 0;
};

template <class Signature>
auto PolledSocket::operation(IoDirection direction, auto token, auto to_try) {
  using Attempt = decltype(to_try);
  auto initiation = [this, direction](auto handler, Attempt attempt) {
    using Handler = decltype(handler);
    watch_->emplace<Operation<Signature, Attempt, Handler>>(*watch_, std::move(attempt),
                                                            std::move(handler));
    start(direction);
  };
  return asio::async_initiate<decltype(token), Signature>(std::move(initiation), token,
                                                          std::move(to_try));
}

}  // namespace cocached::net
