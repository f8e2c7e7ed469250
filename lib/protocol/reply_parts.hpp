#pragma once

#include "protocol/wire_format.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

/// The facts that replies tell, whatever their dialect.
namespace cocached::protocol {

/// An item as a reply shows it.
struct FoundItem {
  std::string_view key;
  std::size_t value_size = 0;
  std::uint32_t client_flags = 0;
  std::uint64_t cas = 0;
  std::optional<std::int64_t> ttl;  ///< seconds left; none: it never expires
  std::int64_t idle = 0;            ///< seconds since the access before this one
  bool fetched = false;             ///< before this request
  bool stale = false;
  bool won = false;   ///< this client is to fill the item again
  bool sent = false;  ///< another one is
};

/// What became of a storage command.
struct Stored {
  Status status = Status::stored;
  std::uint64_t cas = 0;  ///< 0 unless it was stored
  std::size_t size = 0;   ///< of the value that is stored now
};

/// What became of an increment or decrement.
struct Counted {
  std::uint64_t number = 0;
  std::uint64_t cas = 0;
  std::optional<std::int64_t> ttl;
};

/// What a reply to a lookup carries.
struct LookupParts {
  bool value = false;
  bool key = false;  ///< binary
};

}  // namespace cocached::protocol
