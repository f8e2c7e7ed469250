#include "net/tls/tls_ciphertext.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

#include <boost/asio/error.hpp>
#include <openssl/bio.h>

namespace cocached::net {
namespace {

TlsTransport& transport_of(BIO* bio) noexcept {
  return *static_cast<TlsTransport*>(BIO_get_data(bio));
}

int read_bio(BIO* bio, char* into, int size) noexcept {
  BIO_clear_retry_flags(bio);
  const auto n = transport_of(bio).take({into, static_cast<std::size_t>(size)});
  if (n > 0) return static_cast<int>(n);
  BIO_set_retry_read(bio);
  return -1;
}

int write_bio(BIO* bio, const char* bytes, int size) noexcept {
  BIO_clear_retry_flags(bio);
  auto& transport = transport_of(bio);
  const auto n = transport.send({bytes, static_cast<std::size_t>(size)});
  if (n > 0) return static_cast<int>(n);
  if (transport.send_error() == asio::error::would_block) BIO_set_retry_write(bio);
  return -1;
}

long control_bio(BIO*, int command, long, void*) noexcept {
  return command == BIO_CTRL_FLUSH ? 1 : 0;  // nothing is held back; nothing else is supported
}

struct FreeMethod {
  void operator()(BIO_METHOD* method) const noexcept { BIO_meth_free(method); }
};
using Method = std::unique_ptr<BIO_METHOD, FreeMethod>;

Method make_method() {
  Method method{BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "connection")};
  if (!method) throw std::bad_alloc{};
  BIO_meth_set_read(method.get(), read_bio);
  BIO_meth_set_write(method.get(), write_bio);
  BIO_meth_set_ctrl(method.get(), control_bio);
  return method;
}

}  // namespace

BIO* TlsTransport::make_bio() {
  static const Method kMethod = make_method();
  auto* bio = BIO_new(kMethod.get());
  if (bio == nullptr) throw std::bad_alloc{};
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

asio::mutable_buffer TlsTransport::free_space() {
  if (!block_) block_ = blocks_.take();
  begin_ = end_ = 0;
  return asio::buffer(block_.data(), base::BlockPool::kBlockSize);
}

void TlsTransport::release() noexcept {
  if (begin_ == end_) block_ = {};
}

std::size_t TlsTransport::take(std::span<char> into) noexcept {
  const auto here = unread();
  const auto n = std::min(here.size(), into.size());
  if (n > 0) std::memcpy(into.data(), here.data(), n);
  begin_ += n;
  return n;
}

std::size_t TlsTransport::send(std::span<const char> bytes) noexcept {
  send_error_ = {};
  const asio::const_buffer buffer{bytes.data(), bytes.size()};
  return socket_.write_some({&buffer, 1}, send_error_);
}

}  // namespace cocached::net
