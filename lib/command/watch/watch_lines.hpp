#pragma once

#include "protocol/request.hpp"
#include "store/operations.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Events as `watch` shows them, in memcached's words. Keys are percent-encoded; all items are in
/// slab class 1. `client`: the descriptor of the connection.
namespace cocached::command {

/// A key that was asked for.
std::string fetch_event(std::string_view key, store::ReadResult result, std::size_t size,
                        int client);

/// What became of a storage command.
struct Mutation {
  std::string_view key;
  std::string_view command;
  store::WriteResult result = store::WriteResult::stored;
  std::int64_t ttl = 0;  ///< seconds; 0: it never expires
  std::size_t size = 0;  ///< of the value
};
std::string mutation_event(const Mutation& mutation, int client);

/// `set`, `add`, `replace`, `append`, `prepend`, or `cas` where a unique is compared.
std::string_view name_of(store::WriteMode mode, bool compares_cas) noexcept;

std::string deletion_event(std::string_view key, protocol::Dialect dialect, std::size_t size);

std::string eviction_event(const store::ItemView& item, store::TimePoint now);

}  // namespace cocached::command
