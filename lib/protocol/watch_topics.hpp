#pragma once

#include <cstdint>

namespace cocached::protocol {

/// The topics of `watch`, one bit each.
enum class Topic : std::uint8_t {
  fetchers = 1 << 0,
  mutations = 1 << 1,
  evictions = 1 << 2,
  deletions = 1 << 3,
  connevents = 1 << 4,
  others = 1 << 5,  ///< memcached's other topics; this server has no events for them
};

/// A set of topics.
using Topics = std::uint8_t;

constexpr Topics bit(Topic topic) noexcept {
  return static_cast<Topics>(topic);
}

}  // namespace cocached::protocol
