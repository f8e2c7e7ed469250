#pragma once

#include "command/allowed_protocols.hpp"
#include "net/tls/tls_options.hpp"

#include <string>

namespace cocached::net {

class TlsContext;

/// How a listener treats its clients. It outlives them: connections refer to it.
struct ListenerOptions {
  command::Protocols protocols = command::Protocols::any;
  std::string tag{};  ///< a name to tell listeners apart by; empty: none
  TlsMode tls = TlsMode::off;
  const TlsContext* certificates = nullptr;  ///< for TLS; outlives the listener
  bool reuse_port = false;                   ///< see net/reuse_port.hpp
};

}  // namespace cocached::net
