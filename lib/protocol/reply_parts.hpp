#pragma once

#include "protocol/wire_format.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

/// The facts that a reply tells, in any dialect.
namespace cocached::protocol {

/// An item as a reply shows it.
struct FoundItem {
  std::string_view key;
  std::size_t value_size = 0;
  std::uint32_t client_flags = 0;
  std::uint64_t cas = 0;
  std::optional<std::int64_t> ttl;  ///< seconds left; none if the item never expires
  std::int64_t idle = 0;            ///< seconds since the access before this one
  bool fetched = false;             ///< a request before this one has read the item
  bool stale = false;               ///< the item is marked stale (`X`)
  bool won = false;                 ///< this client shall fill the item again (`W`)
  bool sent = false;                ///< another client was told to fill the item again (`Z`)
};

/// The result of a storage command.
struct Stored {
  Status status = Status::stored;
  std::uint64_t cas = 0;  ///< the new CAS number; 0 unless the item was stored
  std::size_t size = 0;   ///< bytes of the value that is stored now
};

/// The result of a successful increment or decrement.
struct Counted {
  std::uint64_t number = 0;
  std::uint64_t cas = 0;
  std::optional<std::int64_t> ttl;  ///< seconds left; none if the item never expires
};

/// The parts of an item that the reply to a lookup carries.
struct LookupParts {
  bool value = false;
  bool key = false;  ///< only the binary protocol asks for it here
};

}  // namespace cocached::protocol
