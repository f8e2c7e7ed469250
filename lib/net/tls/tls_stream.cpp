#include "net/tls/tls_stream.hpp"

#include <algorithm>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace cocached::net {
namespace {

using command::Count;

constexpr std::size_t kRecordSize = SSL3_RT_MAX_PLAIN_LENGTH;
static_assert(kRecordSize <= base::BlockPool::kBlockSize);

/// Returns the text of the next record: the start of the first piece if that fills a record, or
/// else a copy of the first pieces in `block`.
std::span<const char> next_record(WriteBuffers pieces, base::BlockPool& blocks,
                                  base::BlockPool::Block& block) {
  const auto& first = pieces.front();
  if (pieces.size() == 1 || first.size() >= kRecordSize)
    return {static_cast<const char*>(first.data()), std::min(first.size(), kRecordSize)};
  block = blocks.take();
  return {block.data(), asio::buffer_copy(asio::buffer(block.data(), kRecordSize), pieces)};
}

}  // namespace

TlsStream::TlsStream(PolledSocket socket, TlsSession session, base::BlockPool& blocks,
                     command::Counters& counters)
    : transport_(std::make_unique<TlsTransport>(std::move(socket), blocks)),
      session_(std::move(session)),
      blocks_(&blocks),
      handshake_(counters),
      booking_(blocks.ledger()) {
  if (!booking_.try_add(kSessionBytes, base::MemoryUse::small)) {
    counters.add(Count::no_buffers);
    throw base::NoMoreMemory{};
  }
  auto* bio = transport_->make_bio();
  SSL_set_bio(session_.get(), bio, bio);
}

/// Fills the buffers with the text that has arrived. After would_block `wait_` names the reason.
std::size_t TlsStream::decrypt(const ReadBuffers& buffers, error_code& error) {
  std::size_t total = 0;
  const auto more = [&] {
    return total == 0 || SSL_has_pending(session_.get()) == 1 || !transport_->unread().empty();
  };
  for (auto buffer : buffers) {
    while (buffer.size() > 0 && more()) {
      const auto n = decrypt_into(buffer, error);
      if (error && total > 0) error = {};  // it comes again
      if (n == 0) return total;
      total += n;
      buffer += n;
    }
  }
  return total;
}

std::size_t TlsStream::decrypt_into(asio::mutable_buffer buffer, error_code& error) {
  ERR_clear_error();
  std::size_t n = 0;
  const int result = SSL_read_ex(session_.get(), buffer.data(), buffer.size(), &n);
  handshake_.observe(session_.get());
  error = result == 1 ? error_code{} : failure(result);
  return n;
}

std::size_t TlsStream::try_read(const ReadBuffers& buffers, error_code& error) {
  for (;;) {
    const auto n = decrypt(buffers, error);
    if (error != asio::error::would_block || wait_ == Wait::writable) return n;
    const auto size = transport_->socket().read_some(transport_->free_space(), error);
    if (error) return 0;
    transport_->arrived(size);
  }
}

/// Counts ciphertext, which is longer than its text.
std::size_t TlsStream::available() noexcept {
  const auto decrypted = static_cast<std::size_t>(SSL_pending(session_.get()));
  return decrypted + transport_->unread().size() + transport_->socket().available();
}

Task<TlsStream::Result> TlsStream::read_some(ReadBuffers buffers) {
  for (;;) {
    error_code error;
    const auto n = decrypt(buffers, error);
    if (error != asio::error::would_block) co_return Result{error, n};
    if (wait_ == Wait::writable) {
      const auto [failed] = co_await transport_->socket().async_wait(IoDirection::write, as_value);
      if (failed) co_return Result{failed, 0};
    } else {
      const auto space = transport_->free_space();
      const auto [failed, size] = co_await transport_->socket().async_read_some(space, as_value);
      if (failed) co_return Result{failed, 0};
      transport_->arrived(size);
    }
  }
}

std::size_t TlsStream::try_write(WriteBuffers buffers, error_code& error) {
  ERR_clear_error();
  base::BlockPool::Block block;
  const auto record = next_record(buffers, *blocks_, block);
  std::size_t n = 0;
  const int result = SSL_write_ex(session_.get(), record.data(), record.size(), &n);
  error = result == 1 ? error_code{} : failure(result);
  return n;
}

Task<TlsStream::Result> TlsStream::write_some(WriteBuffers buffers) {
  for (;;) {
    error_code error;
    const auto n = try_write(buffers, error);
    if (error != asio::error::would_block) co_return Result{error, n};
    const auto [failed] = co_await transport_->socket().async_wait(IoDirection::write, as_value);
    if (failed) co_return Result{failed, 0};
  }
}

/// The connection is idle, so it gives the memory for records back.
Task<std::tuple<error_code>> TlsStream::wait_readable() {
  if (SSL_pending(session_.get()) > 0 || !transport_->unread().empty())
    co_return std::tuple{error_code{}};
  transport_->release();
  SSL_free_buffers(session_.get());  // but for a record that has come in part
  co_return co_await transport_->socket().async_wait(IoDirection::read, as_value);
}

/// Sends the closing alert of TLS, so that the client knows that nothing was cut off.
void TlsStream::shutdown_send() {
  ERR_clear_error();
  SSL_shutdown(session_.get());
  transport_->socket().shutdown_send();
}

void TlsStream::cancel() noexcept {
  transport_->socket().cancel();
}

void TlsStream::close() noexcept {
  transport_->socket().close();
}

/// Returns the error of the last call of OpenSSL.
error_code TlsStream::failure(int result) {
  switch (SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      wait_ = Wait::readable;
      return asio::error::would_block;
    case SSL_ERROR_WANT_WRITE:
      wait_ = Wait::writable;
      return asio::error::would_block;
    case SSL_ERROR_ZERO_RETURN:
      return asio::error::eof;
    case SSL_ERROR_SYSCALL:
      return transport_->send_error() ? transport_->send_error() : asio::error::connection_reset;
    default:
      handshake_.count_error();
      return {static_cast<int>(ERR_get_error()), asio::error::get_ssl_category()};
  }
}

}  // namespace cocached::net
