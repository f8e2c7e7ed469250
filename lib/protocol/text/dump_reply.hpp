#pragma once

#include "protocol/reply_batch.hpp"

#include <cstdint>
#include <string_view>

/// Writers of the lines of `lru_crawler metadump` and `mgdump`. Each throws base::NoMoreMemory if
/// the batch gets no memory.
namespace cocached::protocol::text {

/// An item as `lru_crawler metadump` shows it. Times are Unix seconds.
struct DumpedItem {
  std::string_view key;
  std::int64_t expiry = -1;  ///< -1 if the item never expires
  std::int64_t last_access = 0;
  std::uint64_t cas = 0;
  bool fetched = false;
  std::size_t size = 0;  ///< bytes of key and value
  std::uint32_t client_flags = 0;
};

/// Writes `key=<key, percent-encoded> exp= la= cas= fetch=yes|no cls=1 size= flags= `. The line
/// ends with a space and a bare newline, as memcached 1.6.45 writes it.
void write_metadump_line(ReplyBatch& batch, const DumpedItem& item);

/// Writes the request that reads the item: `mg <key>`, or `mg <base64> b` if the key needs base64.
void write_mgdump_line(ReplyBatch& batch, std::string_view key, bool binary_key);

}  // namespace cocached::protocol::text
