#pragma once

#include "protocol/reply_batch.hpp"
#include "protocol/reply_parts.hpp"

/// Replies to meta commands: a two-letter code, then the flags that the request asked to have back,
/// in its order.
namespace cocached::protocol::meta {

void begin_found(ReplyBatch& batch, const WireFormat& form, const FoundItem& item,
                 LookupParts parts);
void write_miss(ReplyBatch& batch, const WireFormat& form);
void write_stored(ReplyBatch& batch, const WireFormat& form, const Stored& stored);
void write_counted(ReplyBatch& batch, const WireFormat& form, const Counted& counted,
                   bool with_value);
void write_status(ReplyBatch& batch, const WireFormat& form, Status status);

}  // namespace cocached::protocol::meta
