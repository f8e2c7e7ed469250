#pragma once

#include "protocol/reply_batch.hpp"

#include <cstdint>
#include <string_view>

/// Writers of a dump's lines, which no client has asked for by key.
namespace cocached::protocol::text {

/// What `lru_crawler metadump` tells of an item. Times are Unix seconds.
struct DumpedItem {
  std::string_view key;
  std::int64_t expiry = -1;  ///< -1: never
  std::int64_t last_access = 0;
  std::uint64_t cas = 0;
  bool fetched = false;
  std::size_t size = 0;  ///< of key and value, in bytes
  std::uint32_t client_flags = 0;
};

/// `key=<key, percent-encoded> exp= la= cas= fetch=yes|no cls=1 size= flags= `, which ends in a
/// space and a bare newline, as memcached 1.6.45 writes it.
void write_metadump_line(ReplyBatch& batch, const DumpedItem& item);

/// The request that reads the item: `mg <key>`, or `mg <base64> b` where the key needs it.
void write_mgdump_line(ReplyBatch& batch, std::string_view key, bool binary_key);

}  // namespace cocached::protocol::text
