#pragma once

#include "net/stream.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/errc.hpp>

namespace cocached::test {

/// A client in the test's hands, at the other end of a FakeStream: says when bytes arrive, when it
/// reads, when it leaves, and which step of the server's I/O fails.
class FakePeer {
 public:
  explicit FakePeer(net::IoExecutor executor) : timer_(executor) {}

  /// Bytes arrive.
  void send(std::string_view bytes) {
    arriving_ += bytes;
    wake();
  }
  /// ... and no more will.
  void finish() {
    error_ = net::asio::error::eof;
    wake();
  }
  /// The connection is lost, both ways; what has arrived is lost with it.
  void reset() {
    arriving_.clear();
    error_ = net::asio::error::connection_reset;
    wake();
  }

  /// Takes no more than `bytes` until this is called again.
  void read_up_to(std::size_t bytes) {
    window_ = bytes;
    wake();
  }
  const std::string& received() const { return received_; }
  /// A write by the server takes no more than this.
  void limit_writes_to(std::size_t bytes) { write_size_ = bytes; }

  /// As often as the server reads, `bytes` arrive, until `times` reads are over.
  void keep_sending(std::string bytes, std::size_t times) {
    repeated_ = {std::move(bytes), times};
    send(repeated_.first);
  }
  std::size_t times_left() const { return repeated_.second; }

  /// A read by the server gets no more than this.
  void limit_reads_to(std::size_t bytes) { read_size_ = bytes; }

  /// Step number `step` of the server's I/O, counted from 0, ends with `error`.
  void fail(std::size_t step, net::error_code error) { broken_ = {step, error}; }
  std::size_t steps() const { return steps_; }

  bool send_is_shut() const { return send_is_shut_; }
  bool closed() const { return closed_; }

 private:
  friend class FakeStream;
  using Timer = net::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                net::asio::wait_traits<std::chrono::steady_clock>,
                                                net::IoExecutor>;
  using Result = std::tuple<net::error_code, std::size_t>;

  bool breaks(net::error_code& error) {
    if (closed_) error = net::asio::error::bad_descriptor;
    if (steps_++ == broken_.first) error = broken_.second;
    return error.failed();
  }

  std::size_t take(const auto& buffers, net::error_code& error) {
    if (arriving_.empty()) {
      error = error_.failed() ? error_ : net::asio::error::would_block;
      return 0;
    }
    const auto from = net::asio::buffer(arriving_, read_size_);
    const auto size = net::asio::buffer_copy(buffers, from);
    arriving_.erase(0, size);
    if (repeated_.second > 0) {
      --repeated_.second;
      arriving_ += repeated_.first;
    }
    return size;
  }

  std::size_t put(net::WriteBuffers buffers, net::error_code& error) {
    if (error_ == net::asio::error::connection_reset) error = net::asio::error::broken_pipe;
    if (!error && window_ == 0) error = net::asio::error::would_block;
    if (error) return 0;
    std::size_t size = 0;
    for (const auto& piece : buffers) {
      const auto part = std::min(piece.size(), std::min(window_, write_size_) - size);
      received_.append(static_cast<const char*>(piece.data()), part);
      size += part;
    }
    window_ -= size;
    return size;
  }

  /// Tries until it need not wait, and completes later even then, as a socket's operations do.
  /// Several tries are one step.
  template <class Try>
  net::Task<Result> eventually(Try attempt) {
    co_await net::asio::post(timer_.get_executor(), net::as_value);
    net::error_code error;
    if (breaks(error) && error != net::asio::error::would_block) co_return Result{error, 0};
    for (;;) {
      error = {};
      const std::size_t size = attempt(error);
      if (error != net::asio::error::would_block) co_return Result{error, size};
      const bool go_on = co_await woken();
      if (!go_on) co_return Result{net::asio::error::operation_aborted, 0};
    }
  }

  net::Task<bool> woken() {
    waiting_ = true;
    cancelled_ = false;
    timer_.expires_at(std::chrono::steady_clock::time_point::max());
    co_await timer_.async_wait(net::as_value);
    waiting_ = false;
    co_return !cancelled_;
  }

  void wake() { timer_.cancel(); }
  void cancel() noexcept {
    cancelled_ = waiting_;
    wake();
  }

  Timer timer_;
  std::string arriving_;
  std::string received_;
  net::error_code error_;
  std::size_t window_ = std::numeric_limits<std::size_t>::max();
  std::size_t write_size_ = std::numeric_limits<std::size_t>::max();
  std::size_t read_size_ = std::numeric_limits<std::size_t>::max();
  std::pair<std::string, std::size_t> repeated_;
  std::size_t steps_ = 0;
  std::pair<std::size_t, net::error_code> broken_{std::numeric_limits<std::size_t>::max(), {}};
  bool waiting_ = false;
  bool cancelled_ = false;
  bool closed_ = false;
  bool send_is_shut_ = false;
};

/// The server's end. `peer` must outlive it.
class FakeStream final : public net::Wire {
 public:
  explicit FakeStream(FakePeer& peer) : peer_(&peer) {}

  std::size_t try_read(const net::ReadBuffers& buffers, net::error_code& error) {
    return peer_->breaks(error) ? 0 : peer_->take(buffers, error);
  }
  std::size_t try_write(net::WriteBuffers buffers, net::error_code& error) {
    return peer_->breaks(error) ? 0 : peer_->put(buffers, error);
  }
  std::size_t available() const { return peer_->arriving_.size(); }
  net::Task<FakePeer::Result> async_read_some(const auto& buffers, auto) {
    return peer_->eventually(
        [peer = peer_, buffers](net::error_code& error) { return peer->take(buffers, error); });
  }
  net::Task<FakePeer::Result> async_write_some(net::WriteBuffers buffers, auto) {
    return peer_->eventually(
        [peer = peer_, buffers](net::error_code& error) { return peer->put(buffers, error); });
  }
  net::Task<std::tuple<net::error_code>> async_wait_readable(auto) {
    const auto [error, nothing] =
        co_await peer_->eventually([peer = peer_](net::error_code& waits) {
          if (peer->arriving_.empty() && !peer->error_) waits = net::asio::error::would_block;
          return std::size_t{0};
        });
    co_return std::tuple{error};
  }
  auto async_give_turn(auto token) { return net::asio::post(get_executor(), token); }
  net::IoExecutor get_executor() { return peer_->timer_.get_executor(); }
  void shutdown_send() { peer_->send_is_shut_ = true; }

  void cancel() noexcept override { peer_->cancel(); }
  void close() noexcept override {
    peer_->closed_ = true;
    peer_->cancel();
  }
  int descriptor() noexcept override {
    return peer_->closed_ ? -1 : std::numeric_limits<int>::max();
  }

 private:
  FakePeer* peer_;
};

static_assert(net::ByteStream<FakeStream>);

}  // namespace cocached::test
