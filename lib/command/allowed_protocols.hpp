#pragma once

#include <cstdint>

namespace cocached::command {

/// Which protocols a connection may speak.
enum class Protocols : std::uint8_t {
  any,  ///< the first byte decides
  text,
  binary,
};

}  // namespace cocached::command
