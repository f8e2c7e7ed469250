#pragma once

#include "base/block_pool.hpp"
#include "command/counters.hpp"
#include "net/stream.hpp"
#include "net/tls/tls_ciphertext.hpp"
#include "net/tls/tls_context.hpp"
#include "net/tls/tls_handshake.hpp"

#include <memory>
#include <tuple>

namespace cocached::net {

/// TLS over a socket. The handshake happens inside the first reads: see TlsHandshake.
///
/// A write encrypts one record, and reports the record when the socket has taken all of it. After
/// would_block the next write has to begin with the same bytes.
class TlsStream final : public Wire {
 public:
  using Result = std::tuple<error_code, std::size_t>;

  /// An estimate of the memory that OpenSSL takes for one connection: a record each way of up to
  /// 17 KiB while bytes come and go, and the session. Booked in the ledger of `blocks` for as long
  /// as the stream lives.
  static constexpr std::size_t kSessionBytes = std::size_t{48} << 10;

  /// `blocks` and `counters` outlive it. Throws base::NoMoreMemory, which it counts, where the
  /// ledger has no room for the session.
  TlsStream(PolledSocket socket, TlsSession session, base::BlockPool& blocks,
            command::Counters& counters);
  TlsStream(TlsStream&&) = default;

  std::size_t try_read(const ReadBuffers& buffers, error_code& error);
  std::size_t try_write(WriteBuffers buffers, error_code& error);
  std::size_t available() noexcept;
  Task<Result> async_read_some(const ReadBuffers& buffers, const auto& /*as_value*/) {
    return read_some(buffers);
  }
  Task<Result> async_read_some(asio::mutable_buffer buffer, const auto& /*as_value*/) {
    return read_some({asio::mutable_buffer{}, buffer});
  }
  Task<Result> async_write_some(WriteBuffers buffers, const auto& /*as_value*/) {
    return write_some(buffers);
  }
  Task<std::tuple<error_code>> async_wait_readable(const auto& /*as_value*/) {
    return wait_readable();
  }
  auto async_give_turn(auto token) { return transport_->socket().async_give_turn(token); }
  IoExecutor get_executor() { return transport_->socket().get_executor(); }
  void shutdown_send();

  void cancel() noexcept override;
  void close() noexcept override;
  int descriptor() noexcept override { return transport_->socket().native_handle(); }
  bool established() const noexcept override { return handshake_.is_done(); }

 private:
  enum class Wait : std::uint8_t { readable, writable };

  Task<Result> read_some(ReadBuffers buffers);
  Task<Result> write_some(WriteBuffers buffers);
  Task<std::tuple<error_code>> wait_readable();
  std::size_t decrypt(const ReadBuffers& buffers, error_code& error);
  std::size_t decrypt_into(asio::mutable_buffer buffer, error_code& error);
  error_code failure(int result);

  std::unique_ptr<TlsTransport> transport_;
  TlsSession session_;  // before the transport goes
  base::BlockPool* blocks_;
  TlsHandshake handshake_;
  base::Booking booking_;
  Wait wait_ = Wait::readable;  // what would_block means
};

static_assert(ByteStream<TlsStream>);

}  // namespace cocached::net
