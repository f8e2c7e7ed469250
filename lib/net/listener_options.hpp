#pragma once

#include "command/allowed_protocols.hpp"
#include "net/tls/tls_options.hpp"

#include <string>

namespace cocached::net {

class TlsContext;

/// The options of a listener. They outlive its clients: connections refer to them.
struct ListenerOptions {
  command::Protocols protocols = command::Protocols::any;
  std::string tag{};  ///< a name to tell listeners apart by; empty: none
  TlsMode tls = TlsMode::off;
  const TlsContext* certificates = nullptr;  ///< for TLS; outlives the listener
  bool reuse_port = false;                   ///< see net/reuse_port.hpp
};

}  // namespace cocached::net
