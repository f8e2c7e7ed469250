#pragma once

#include "protocol/request.hpp"
#include "store/operations.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The events that `watch` shows, in memcached's words. Keys are percent-encoded; all items are in
/// slab class 1. `client` is the descriptor of the connection.
namespace cocached::command {

/// Returns the event of a read.
std::string fetch_event(std::string_view key, store::ReadResult result, std::size_t size,
                        int client);

/// A storage command and its result.
struct Mutation {
  std::string_view key;
  std::string_view command;
  store::WriteResult result = store::WriteResult::stored;
  std::int64_t ttl = 0;  ///< seconds; 0 if the item never expires
  std::size_t size = 0;  ///< bytes of the value
};

/// Returns the event of a storage command.
std::string mutation_event(const Mutation& mutation, int client);

/// Returns `set`, `add`, `replace`, `append` or `prepend`; `cas` for a set that compares the CAS
/// number.
std::string_view name_of(store::WriteMode mode, bool compares_cas) noexcept;

/// Returns the event of a delete; `size` is the value's.
std::string deletion_event(std::string_view key, protocol::Dialect dialect, std::size_t size);

/// Returns the event of an eviction.
std::string eviction_event(const store::ItemView& item, store::TimePoint now);

}  // namespace cocached::command
