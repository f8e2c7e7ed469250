#pragma once

#include <cstdint>

namespace cocached::command {

/// The protocols that a connection may speak.
enum class Protocols : std::uint8_t {
  any,  ///< the first byte of the client decides between text and binary
  text,
  binary,
};

}  // namespace cocached::command
