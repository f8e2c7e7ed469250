#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace cocached::net {

/// The times that a worker waits for a client, and the memory that clients may hold. 0: no limit.
struct ClientLimits {
  std::chrono::seconds idle{0};       ///< of silence, see ClientTimeouts
  std::chrono::seconds request{0};    ///< for the rest of a request, see TransferRate
  std::chrono::seconds reply{0};      ///< for a reply to be read, see TransferRate
  std::chrono::seconds handshake{0};  ///< until TLS is established

  /// Bytes of the store that unread replies may keep from being freed. None: a sixteenth of the
  /// store's memory limit at each look, which is less than may be pinned.
  std::optional<std::size_t> pinned_bytes;
};

}  // namespace cocached::net
