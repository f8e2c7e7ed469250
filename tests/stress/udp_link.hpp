#pragma once

#include "stress/stream.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cocached::stress {

/// Requests over UDP, one at a time.
class UdpLink {
 public:
  explicit UdpLink(std::uint16_t port);

  /// The whole reply to `request`, put together from its datagrams. None: some were lost, or came
  /// too late. Throws Violation for datagrams of no such reply.
  std::optional<std::string> ask(std::string_view request);

 private:
  Descriptor socket_;
};

}  // namespace cocached::stress
