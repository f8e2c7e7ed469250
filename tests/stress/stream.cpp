#include "stress/stream.hpp"

#include "stress/findings.hpp"

#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace cocached::stress {
namespace {

constexpr std::size_t kReadSize = std::size_t{64} << 10;

std::string reason(int error) {
  return std::generic_category().message(error);
}

Descriptor open_socket(std::uint16_t port) {
  Descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw Closed{"cannot connect: " + reason(errno)};
  const int on = 1;
  ::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(socket.number(), F_SETFL, ::fcntl(socket.number(), F_GETFL) | O_NONBLOCK);
  return socket;
}

/// One for all threads: it is only read.
SSL_CTX* tls_context() {
  static SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  return context;
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

void Stream::FreeTls::operator()(ssl_st* tls) const noexcept {
  SSL_free(tls);
}

Stream::Stream(std::uint16_t port, Kind kind, Patience patience)
    : patience_(patience), socket_(open_socket(port)) {
  if (kind != Kind::tls) return;
  tls_.reset(SSL_new(tls_context()));
  SSL_set_fd(tls_.get(), socket_.number());
  SSL_set_mode(tls_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_set_connect_state(tls_.get());
  shake_hands();
}

Stream::~Stream() = default;
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;

/// Waits until one of the events is there.
void Stream::wait(short events) {
  pollfd polled{socket_.number(), events, 0};
  const auto time = std::chrono::milliseconds{patience_.time};
  if (::poll(&polled, 1, static_cast<int>(time.count())) == 0)
    throw Hung{fmt::format("nothing moved for {} s", patience_.time.count())};
}

void Stream::shake_hands() {
  for (;;) {
    const int result = SSL_do_handshake(tls_.get());
    if (result == 1) return;
    const int error = SSL_get_error(tls_.get(), result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
      throw Closed{"in the TLS handshake"};
    wait(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT);
  }
}

Stream::Moved Stream::read(char* to, std::size_t size, std::size_t& n) {
  if (tls_) {
    if (SSL_read_ex(tls_.get(), to, size, &n) == 1) return Moved::some;
    const int error = SSL_get_error(tls_.get(), 0);
    ERR_clear_error();
    const bool wants = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
    return wants ? Moved::none : Moved::closed;
  }
  const auto result = ::recv(socket_.number(), to, size, 0);
  if (result < 0 && errno == EAGAIN) return Moved::none;
  if (result <= 0) return Moved::closed;
  n = static_cast<std::size_t>(result);
  return Moved::some;
}

Stream::Moved Stream::write(std::string_view bytes, std::size_t& n) {
  if (tls_) {
    if (SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &n) == 1) return Moved::some;
    const int error = SSL_get_error(tls_.get(), 0);
    ERR_clear_error();
    const bool wants = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
    return wants ? Moved::none : Moved::closed;
  }
  const auto result = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (result < 0 && errno == EAGAIN) return Moved::none;
  if (result < 0) return Moved::closed;
  n = static_cast<std::size_t>(result);
  return Moved::some;
}

/// Takes what has come, without waiting. False: nothing has.
bool Stream::receive_some() {
  if (at_ == input_.size()) {
    input_.clear();
    at_ = 0;
  }
  const auto before = input_.size();
  input_.resize(before + kReadSize);
  std::size_t n = 0;
  const auto moved = closed_ ? Moved::closed : read(input_.data() + before, kReadSize, n);
  input_.resize(before + n);
  closed_ = moved == Moved::closed;
  return moved == Moved::some;
}

void Stream::send(std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t n = 0;
    const auto moved = write(bytes, n);
    if (moved == Moved::closed) throw Closed{"while sending"};
    bytes.remove_prefix(n);
    if (moved == Moved::some) continue;
    if (!receive_some()) wait(closed_ ? POLLOUT : POLLIN | POLLOUT);
  }
}

std::size_t Stream::send_some(std::string_view bytes) {
  std::size_t n = 0;
  write(bytes, n);
  return n;
}

/// Waits for more input.
void Stream::receive() {
  while (!receive_some()) {
    if (closed_) throw Closed{"while a reply was awaited"};
    wait(POLLIN);
  }
}

std::string_view Stream::take(std::size_t size) {
  const auto taken = std::string_view{input_}.substr(at_, size);
  at_ += size;
  return taken;
}

std::string_view Stream::line() {
  for (std::size_t searched = 0;;) {
    const auto end = input_.find('\n', at_ + searched);
    if (end == std::string::npos) {
      searched = unread();
      if (searched > 0) compact();
      receive();
      continue;
    }
    auto line = take(end + 1 - at_);
    line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }
}

/// Moves what is not taken to the front.
void Stream::compact() {
  input_.erase(0, at_);
  at_ = 0;
}

void Stream::need(std::size_t size) {
  if (unread() < size) compact();
  while (unread() < size) receive();
}

std::string_view Stream::bytes(std::size_t size) {
  need(size);
  return take(size);
}

char Stream::peek() {
  need(1);
  return input_[at_];
}

std::string Stream::rest() {
  try {
    for (;;) receive();
  } catch (const Closed&) {
    return std::string{take(unread())};
  }
}

bool Stream::wait_for_input(std::chrono::milliseconds time) {
  if (unread() > 0 || closed_) return true;
  pollfd polled{socket_.number(), POLLIN, 0};
  return ::poll(&polled, 1, static_cast<int>(time.count())) != 0;
}

void Stream::abort_on_close() {
  const linger reset{1, 0};
  ::setsockopt(socket_.number(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

}  // namespace cocached::stress
