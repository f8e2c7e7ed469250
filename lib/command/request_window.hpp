#pragma once

#include "protocol/request.hpp"
#include "store/item.hpp"

#include <array>
#include <cstddef>

namespace cocached::command {

/// A request that has arrived whole, except perhaps its value.
using ParsedRequest = protocol::Parsed;

/// Requests that are parsed before the first of them is executed, so that the memory of all their
/// keys is fetched at once. Each worker has one window as scratch memory, because a window is
/// larger than most of what a client sends.
struct RequestWindow {
  static constexpr std::size_t kSize = 32;

  std::array<ParsedRequest, kSize> requests;
  std::array<store::Key, kSize> keys;  ///< each request's first key; empty if it has none
};

}  // namespace cocached::command
