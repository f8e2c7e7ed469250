#pragma once

#include "command/protocols.hpp"

#include <string>

namespace cocached::net {

/// How a listener treats its clients. It outlives them: connections refer to it.
struct ListenerOptions {
  command::Protocols protocols = command::Protocols::any;
  std::string tag{};  ///< a name to tell listeners apart by; empty: none
};

}  // namespace cocached::net
