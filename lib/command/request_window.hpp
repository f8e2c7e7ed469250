#pragma once

#include "protocol/request.hpp"
#include "store/item.hpp"

#include <array>
#include <cstddef>

namespace cocached::command {

/// A request that has arrived whole, but perhaps for its value.
using ParsedRequest = protocol::Parsed;

/// Requests parsed before the first of them is executed, so that the memory their keys need is on
/// its way from the start. A worker's scratch memory: made once, for a window is larger than most
/// of what a client sends.
struct RequestWindow {
  static constexpr std::size_t kSize = 32;

  std::array<ParsedRequest, kSize> requests;
  std::array<store::Key, kSize> keys;  ///< the first of each request; empty where it has none
};

}  // namespace cocached::command
