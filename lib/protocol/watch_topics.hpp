#pragma once

#include <cstdint>

namespace cocached::protocol {

/// What `watch` can show, a bit each.
enum class Topic : std::uint8_t {
  fetchers = 1 << 0,
  mutations = 1 << 1,
  evictions = 1 << 2,
  deletions = 1 << 3,
  connevents = 1 << 4,
  others = 1 << 5,  ///< of memcached's: what they show does not happen here
};

/// Any of them.
using Topics = std::uint8_t;

constexpr Topics bit(Topic topic) noexcept {
  return static_cast<Topics>(topic);
}

}  // namespace cocached::protocol
