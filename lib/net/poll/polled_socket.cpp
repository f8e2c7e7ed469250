#include "net/poll/polled_socket.hpp"

#include "net/system_error.hpp"

#include <algorithm>
#include <span>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace cocached::net {
namespace {

iovec to_iovec(const auto& buffer) noexcept {
  return {const_cast<void*>(static_cast<const void*>(buffer.data())), buffer.size()};
}

/// Books the result of a read of up to `space` bytes. A short read means that the socket is empty
/// and that an event will tell of more, unless the read stopped early (`stopped`): TCP stops at
/// urgent data, a Unix socket behind bytes that descriptors came with.
std::size_t read_result(WatchedSocket& watch, ssize_t n, std::size_t space, bool stopped,
                        error_code& error) noexcept {
  error = {};
  if (n > 0) {
    if (static_cast<std::size_t>(n) < space)
      watch.readable = stopped || watch.urgent || watch.hung_up;
    return static_cast<std::size_t>(n);
  }
  error = n == 0 ? error_code{asio::error::eof} : last_system_error();
  if (error == asio::error::would_block) watch.readable = watch.urgent = false;
  return 0;
}

/// There is no room for descriptors, so the kernel closes those that come, and says so.
std::size_t receive_local(WatchedSocket& watch, std::span<iovec> pieces, std::size_t space,
                          error_code& error) noexcept {
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  const auto n = ::recvmsg(watch.descriptor, &message, 0);
  return read_result(watch, n, space, (message.msg_flags & MSG_CTRUNC) != 0, error);
}

bool is_local(int descriptor) noexcept {
  int family = AF_UNSPEC;
  socklen_t size = sizeof family;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0 && family == AF_UNIX;
}

}  // namespace

PolledSocket::PolledSocket(Socket socket, Poller& poller)
    : watch_(std::make_unique<WatchedSocket>()) {
  error_code error;
  socket.non_blocking(true, error);
  if (!error) watch_->descriptor = socket.release(error);
  watch_->is_local = is_local(watch_->descriptor);
  const auto not_added = poller.add(*watch_);
  if (error || not_added) close();
}

PolledSocket::~PolledSocket() {
  if (watch_) close();
}

std::size_t PolledSocket::receive(WatchedSocket& watch, asio::mutable_buffer buffer,
                                  error_code& error) noexcept {
  if (watch.is_local) {
    auto piece = to_iovec(buffer);
    return receive_local(watch, {&piece, 1}, buffer.size(), error);
  }
  const auto n = ::recv(watch.descriptor, buffer.data(), buffer.size(), 0);
  return read_result(watch, n, buffer.size(), false, error);
}

std::size_t PolledSocket::receive(WatchedSocket& watch, const ReadBuffers& buffers,
                                  error_code& error) noexcept {
  if (buffers.front().size() == 0) return receive(watch, buffers.back(), error);
  std::array pieces{to_iovec(buffers.front()), to_iovec(buffers.back())};
  const auto space = asio::buffer_size(buffers);
  if (watch.is_local) return receive_local(watch, pieces, space, error);
  const auto n = ::readv(watch.descriptor, pieces.data(), pieces.size());
  return read_result(watch, n, space, false, error);
}

std::size_t PolledSocket::send(WatchedSocket& watch, WriteBuffers buffers,
                               error_code& error) noexcept {
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

void PolledSocket::start(IoDirection direction) noexcept {
  watch_->direction = direction;
  if (watch_->may_try(direction) && watch_->waiter->attempt())
    watch_->poller->finish_soon(*watch_, {});
  else if (direction == IoDirection::write && !watch_->wants_writable)
    watch_->poller->want_writable(*watch_);
}

void PolledSocket::cancel() noexcept {
  if (watch_->waiter != nullptr && !watch_->in_ready.is_linked())
    watch_->poller->finish_soon(*watch_, asio::error::operation_aborted);
}

void PolledSocket::shutdown_send() noexcept {
  ::shutdown(watch_->descriptor, SHUT_WR);  // the client may have closed first
}

void PolledSocket::close() noexcept {
  if (watch_->descriptor < 0) return;
  if (watch_->poller != nullptr) {
    cancel();
    watch_->poller->remove(*watch_);
  }
  ::close(std::exchange(watch_->descriptor, -1));
}

}  // namespace cocached::net
