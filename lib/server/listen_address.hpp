#pragma once

#include "command/allowed_protocols.hpp"
#include "net/tls/tls_options.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cocached::server {

/// One place to listen on, as written in `-l`:
///
///     host   host:port   1.2.3.4:port   [v6]:port   v6   *   *:port
///
/// with `proto[ascii]:`, `proto[binary]:` or `proto[ascii,binary]:`, and `tag[name]:` or
/// `tag_name_:`, before it, if wished; and before all that `notls:`, `btls:` or `mtls:`.
struct ListenAddress {
  std::string host{};  ///< name or number; empty: every address of this machine
  std::uint16_t port = 0;
  std::optional<command::Protocols> protocols{};  ///< none: as the server has it
  std::string tag{};                              ///< at most 8 characters
  std::optional<net::TlsMode> tls{};              ///< none: as the server has it
};

/// Throws std::invalid_argument, with a text for the user.
ListenAddress parse_listen_address(std::string_view text, std::uint16_t default_port);

}  // namespace cocached::server
