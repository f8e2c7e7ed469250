#pragma once

#include "bench/socket.hpp"

#include <memory>
#include <span>
#include <string_view>
#include <sys/types.h>

#include <openssl/types.h>

namespace cocached::bench {

/// Bytes to and from the server, as they are or by TLS.
class Channel {
 public:
  /// With `tls`, shakes hands before it returns; whoever the server is, it is believed. Throws
  /// std::runtime_error.
  Channel(FileDescriptor socket, bool tls);

  int socket() const noexcept { return socket_.number(); }

  /// As the system calls do it on a socket that never waits.
  ssize_t send(std::string_view bytes) noexcept;
  ssize_t receive(std::span<char> into) noexcept;

  /// Something has come off the socket that `receive` has not given yet.
  bool has_more() const noexcept;

 private:
  struct Free {
    void operator()(SSL* session) const noexcept;
  };

  void shake_hands();
  ssize_t result_of(int result, std::size_t n) const noexcept;

  FileDescriptor socket_;
  std::unique_ptr<SSL, Free> tls_;  ///< none: plain
};

}  // namespace cocached::bench
