#include "bench/channel.hpp"

#include <cerrno>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace cocached::bench {
namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using Context = std::unique_ptr<SSL_CTX, FreeContext>;

Context make_context() {
  Context context{SSL_CTX_new(TLS_client_method())};
  if (!context) throw std::runtime_error("cannot set TLS up");
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context.get(), 1);
  return context;
}

SSL* new_session(int socket) {
  static const Context kContext = make_context();
  SSL* session = SSL_new(kContext.get());
  if (session == nullptr || SSL_set_fd(session, socket) != 1) {
    throw std::runtime_error("cannot set TLS up");
  }
  return session;
}

}  // namespace

void Channel::Free::operator()(SSL* session) const noexcept {
  SSL_free(session);
}

Channel::Channel(FileDescriptor socket, bool tls) : socket_(std::move(socket)) {
  if (!tls) return;
  tls_.reset(new_session(this->socket()));
  shake_hands();
}

void Channel::shake_hands() {
  for (int result = 0; (result = SSL_connect(tls_.get())) != 1;) {
    const int error = SSL_get_error(tls_.get(), result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      throw std::runtime_error("no TLS handshake with the server");
    }
    const short events = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
    pollfd waiting{.fd = socket(), .events = events, .revents = 0};
    poll(&waiting, 1, -1);
  }
}

ssize_t Channel::send(std::string_view bytes) noexcept {
  if (!tls_) return ::send(socket(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  ERR_clear_error();
  std::size_t n = 0;
  const int result = SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &n);
  return result_of(result, n);
}

ssize_t Channel::receive(std::span<char> into) noexcept {
  if (!tls_) return ::recv(socket(), into.data(), into.size(), 0);
  ERR_clear_error();
  std::size_t n = 0;
  const int result = SSL_read_ex(tls_.get(), into.data(), into.size(), &n);
  return result_of(result, n);
}

bool Channel::has_more() const noexcept {
  return tls_ && SSL_has_pending(tls_.get()) == 1;
}

ssize_t Channel::result_of(int result, std::size_t n) const noexcept {
  if (result == 1) return static_cast<ssize_t>(n);
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      errno = EAGAIN;
      return -1;
    case SSL_ERROR_ZERO_RETURN:
      return 0;
    default:
      errno = EPROTO;
      return -1;
  }
}

}  // namespace cocached::bench
