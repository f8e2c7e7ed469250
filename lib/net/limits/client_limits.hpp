#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace cocached::net {

/// How long a worker waits for its clients, and what they may hold of its memory. 0: no limit.
struct ClientLimits {
  std::chrono::seconds idle{0};       ///< for anything to be said
  std::chrono::seconds request{0};    ///< for the rest of a request, see TransferRate
  std::chrono::seconds reply{0};      ///< for a reply to be read, see TransferRate
  std::chrono::seconds handshake{0};  ///< for TLS to be agreed on

  /// Bytes of the store that unread replies may keep from being freed. None: a sixteenth of the
  /// store's memory limit at each look, which is less than may be pinned.
  std::optional<std::size_t> pinned_bytes;
};

}  // namespace cocached::net
