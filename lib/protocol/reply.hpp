#pragma once

#include "protocol/reply_batch.hpp"
#include "protocol/reply_parts.hpp"
#include "protocol/wire_format.hpp"

#include <string_view>

/// Writers of replies in the dialect of the request. They decide which replies a quiet request
/// hides: all of them in text; in meta and binary the miss of a lookup and the success of every
/// other request. Each throws base::NoMoreMemory if the batch gets no memory.
namespace cocached::protocol {

/// Writes a hit up to its value. If `parts.value` is set, the caller appends the value and calls
/// end_value(). Only for meta and binary: text/text_reply.hpp writes the hits of classic commands.
void begin_found(ReplyBatch& batch, const WireFormat& form, const FoundItem& item,
                 LookupParts parts);
void end_value(ReplyBatch& batch, const WireFormat& form);

void write_miss(ReplyBatch& batch, const WireFormat& form, std::string_view key, LookupParts parts);
void write_touched(ReplyBatch& batch, const WireFormat& form, const FoundItem& item);
void write_stored(ReplyBatch& batch, const WireFormat& form, const Stored& stored);
void write_counted(ReplyBatch& batch, const WireFormat& form, const Counted& counted,
                   bool with_value);

/// Writes the outcome of a request that has no writer of its own, and every failure.
void write_status(ReplyBatch& batch, const WireFormat& form, Status status);

}  // namespace cocached::protocol
