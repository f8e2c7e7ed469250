#include "net/polled_socket.hpp"

#include "net/system_error.hpp"

#include <algorithm>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

namespace cocached::net {
namespace {

iovec to_iovec(const auto& buffer) noexcept {
  return {const_cast<void*>(static_cast<const void*>(buffer.data())), buffer.size()};
}

/// What a read of up to `space` bytes has come to. A short one has emptied the socket: more bytes
/// will be an event, unless the last event has been.
std::size_t read_result(Watch& watch, ssize_t n, std::size_t space, error_code& error) noexcept {
  error = {};
  if (n > 0) {
    if (static_cast<std::size_t>(n) < space) watch.readable = watch.hung_up;
    return static_cast<std::size_t>(n);
  }
  error = n == 0 ? error_code{asio::error::eof} : last_system_error();
  if (error == asio::error::would_block) watch.readable = false;
  return 0;
}

void finish(const Executor& executor, std::unique_ptr<Waiter> waiter, error_code aborted) {
  asio::post(executor, [waiter = std::move(waiter), aborted]() mutable {
    Waiter::finish(std::move(waiter), aborted);
  });
}

}  // namespace

PolledSocket::PolledSocket(Socket socket, Poller& poller)
    : poller_(&poller), watch_(std::make_unique<Watch>()) {
  error_code error;
  socket.non_blocking(true, error);
  if (!error) watch_->descriptor = socket.release(error);
  if (!error) error = poller.add(*watch_);
  if (error) close();
}

PolledSocket::~PolledSocket() {
  if (watch_) close();
}

std::size_t PolledSocket::receive(Watch& watch, asio::mutable_buffer buffer,
                                  error_code& error) noexcept {
  const auto n = ::recv(watch.descriptor, buffer.data(), buffer.size(), 0);
  return read_result(watch, n, buffer.size(), error);
}

std::size_t PolledSocket::receive(Watch& watch, const ReadBuffers& buffers,
                                  error_code& error) noexcept {
  if (buffers.front().size() == 0) return receive(watch, buffers.back(), error);
  const std::array pieces{to_iovec(buffers.front()), to_iovec(buffers.back())};
  const auto n = ::readv(watch.descriptor, pieces.data(), pieces.size());
  return read_result(watch, n, asio::buffer_size(buffers), error);
}

std::size_t PolledSocket::send(Watch& watch, WriteBuffers buffers, error_code& error) noexcept {
  constexpr std::size_t kMaxPieces = 64;
  std::array<iovec, kMaxPieces> pieces;  // as far as they are used
  const auto count = std::min(buffers.size(), kMaxPieces);
  std::transform(buffers.begin(), buffers.begin() + static_cast<std::ptrdiff_t>(count),
                 pieces.begin(), [](const auto& buffer) { return to_iovec(buffer); });
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = count;
  const auto n = count == 1
                     ? ::send(watch.descriptor, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL)
                     : ::sendmsg(watch.descriptor, &message, MSG_NOSIGNAL);
  error = n < 0 ? last_system_error() : error_code{};
  if (!error) return static_cast<std::size_t>(n);
  if (error == asio::error::would_block) watch.writable = false;
  return 0;
}

std::size_t PolledSocket::available() const noexcept {
  int size = 0;
  return ::ioctl(watch_->descriptor, FIONREAD, &size) == 0 ? static_cast<std::size_t>(size) : 0;
}

/// A closed socket says so.
bool PolledSocket::may_try(const Watch& watch, Direction direction) noexcept {
  if (watch.descriptor < 0) return true;
  return direction == Direction::read ? watch.readable : watch.writable;
}

void PolledSocket::start(Direction direction, std::unique_ptr<Waiter> waiter) {
  if (may_try(*watch_, direction) && waiter->attempt()) {
    finish(get_executor(), std::move(waiter), {});
    return;
  }
  watch_->waiter = std::move(waiter);
  if (direction == Direction::write && !watch_->wants_writable) poller_->want_writable(*watch_);
}

void PolledSocket::cancel() noexcept {
  if (watch_->waiter)
    finish(get_executor(), std::move(watch_->waiter), asio::error::operation_aborted);
}

void PolledSocket::shutdown_send() noexcept {
  ::shutdown(watch_->descriptor, SHUT_WR);  // the client may have closed first
}

void PolledSocket::close() noexcept {
  if (watch_->descriptor < 0) return;
  cancel();
  poller_->remove(*watch_);
  ::close(std::exchange(watch_->descriptor, -1));
}

}  // namespace cocached::net
