#pragma once

#include "store/item.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace cocached::store {

/// What a record says of its item beside key and value.
struct Header {
  std::uint32_t client_flags = 0;
  std::uint64_t cas = 0;
  TimePoint deadline = kNever;
  TimePoint last_access{};
  bool fetched = false;
  bool stale = false;
  bool win_sent = false;  ///< a reader was told to fill the item again
  bool binary_key = false;
};

/// A stored item.
struct Record {
  Header header;
  std::string key;
  std::string value;
  std::uint64_t generation = 0;  ///< of the last flush before it was stored
  std::uint64_t used = 0;        ///< tick of the last access

  std::size_t footprint() const noexcept {
    return sizeof(Record) + 120 + key.size() + value.size();
  }
};

}  // namespace cocached::store
