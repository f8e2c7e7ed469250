#pragma once

#include "protocol/reply_batch.hpp"
#include "protocol/reply_parts.hpp"

/// Writers of replies to meta commands: a two-letter code, then the flags that the request asked to
/// get back, in the order of the request. Each throws base::NoMoreMemory if the batch gets no
/// memory. reply.hpp decides what a quiet request hides; these functions always write.
namespace cocached::protocol::meta {

/// Writes a hit up to its value, which the caller appends if `parts.value` is set.
void begin_found(ReplyBatch& batch, const WireFormat& form, const FoundItem& item,
                 LookupParts parts);
void write_miss(ReplyBatch& batch, const WireFormat& form);
void write_stored(ReplyBatch& batch, const WireFormat& form, const Stored& stored);
void write_counted(ReplyBatch& batch, const WireFormat& form, const Counted& counted,
                   bool with_value);
void write_status(ReplyBatch& batch, const WireFormat& form, Status status);

}  // namespace cocached::protocol::meta
