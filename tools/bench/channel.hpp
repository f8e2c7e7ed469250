#pragma once

#include "bench/socket.hpp"

#include <memory>
#include <span>
#include <string_view>
#include <sys/types.h>

#include <openssl/types.h>

namespace cocached::bench {

/// Sends and receives bytes, plain or with TLS.
class Channel {
 public:
  /// With `tls`, shakes hands before it returns, and does not check the server's certificate.
  /// Throws std::runtime_error.
  Channel(FileDescriptor socket, bool tls);

  int socket() const noexcept { return socket_.number(); }

  /// Returns the bytes sent or received, or -1 with errno set, as the calls on a non-blocking
  /// socket do.
  ssize_t send(std::string_view bytes) noexcept;
  ssize_t receive(std::span<char> into) noexcept;

  /// Returns true if TLS holds bytes that `receive` has not returned yet.
  bool has_more() const noexcept;

 private:
  struct Free {
    void operator()(SSL* session) const noexcept;
  };

  void shake_hands();
  ssize_t result_of(int result, std::size_t n) const noexcept;

  FileDescriptor socket_;
  std::unique_ptr<SSL, Free> tls_;  ///< null without TLS
};

}  // namespace cocached::bench
