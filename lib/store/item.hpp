#pragma once

#include "base/clock.hpp"
#include "base/hash.hpp"

#include <cstdint>
#include <string_view>

namespace cocached::store {

using base::Duration;
using base::kNever;
using base::TimePoint;

inline constexpr std::size_t kMaxKeySize = 250;  // bytes; memcached's limit

/// A key and its hash, which is computed once per request. Views the caller's bytes.
struct Key {
  Key() = default;
  explicit Key(std::string_view key) noexcept : bytes(key), hash(base::hash(key)) {}

  /// True where these are the very bytes that it views, not only equal ones.
  bool views(std::string_view key) const noexcept {
    return bytes.data() == key.data() && bytes.size() == key.size();
  }

  std::string_view bytes;
  std::uint64_t hash = 0;
};

/// A view of a stored item, valid while its shard is locked or its segment is pinned.
struct ItemView {
  std::string_view key;
  std::string_view value;
  std::uint32_t client_flags = 0;
  std::uint64_t cas = 0;  ///< 0 where CAS is off
  TimePoint deadline = kNever;
  TimePoint last_access{};  ///< whole seconds
  bool fetched = false;     ///< read at least once since it was stored
  bool stale = false;       ///< marked by `md I`, or stored with an older CAS by `ms I`
  bool binary_key = false;  ///< the key came in base64 and goes out in base64
  unsigned frequency = 1;   ///< how often it was used, as eviction counts: 1 to 15
};

}  // namespace cocached::store
