#pragma once

#include "base/block_pool.hpp"
#include "net/poll/polled_socket.hpp"

#include <span>

#include <openssl/types.h>

namespace cocached::net {

/// The transport under OpenSSL: the ciphertext that has arrived, and the socket. Neither
/// ever waits. Used by the connection's thread; stays where it is, for OpenSSL points at it.
class TlsTransport {
 public:
  TlsTransport(PolledSocket socket, base::BlockPool& blocks)
      : socket_(std::move(socket)), blocks_(blocks) {}
  TlsTransport(const TlsTransport&) = delete;
  TlsTransport& operator=(const TlsTransport&) = delete;

  /// OpenSSL's handle of this; who takes it frees it, while this is still there.
  BIO* make_bio();

  PolledSocket& socket() noexcept { return socket_; }

  /// Ciphertext that OpenSSL has not taken yet.
  std::span<const char> unread() const noexcept { return {block_.data() + begin_, end_ - begin_}; }

  /// Returns the space for more ciphertext; only when all has been taken. Call `arrived` with what
  /// came.
  asio::mutable_buffer free_space();
  void arrived(std::size_t n) noexcept { end_ = n; }

  /// Gives the memory back, if all has been taken.
  void release() noexcept;

  /// Takes what has arrived.
  std::size_t take(std::span<char> into) noexcept;
  /// Sends what the socket takes now; 0 and would_block if that is nothing.
  std::size_t send(std::span<const char> bytes) noexcept;

  /// Why the last `send` failed.
  const error_code& send_error() const noexcept { return send_error_; }

 private:
  PolledSocket socket_;
  base::BlockPool& blocks_;
  base::BlockPool::Block block_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  error_code send_error_;
};

}  // namespace cocached::net
