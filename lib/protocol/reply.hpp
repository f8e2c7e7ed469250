#pragma once

#include "protocol/reply_batch.hpp"
#include "protocol/reply_parts.hpp"
#include "protocol/wire_format.hpp"

#include <string_view>

/// Writers of replies in whatever dialect the request was made. What a quiet request hides is
/// decided here: in text everything, in meta and binary the common case (a miss of a lookup, the
/// success of all else).
namespace cocached::protocol {

/// The part of a hit before the value. The value is appended by the caller, then `end_value`.
void begin_found(ReplyBatch& batch, const WireFormat& form, const FoundItem& item,
                 LookupParts parts);
void end_value(ReplyBatch& batch, const WireFormat& form);

void write_miss(ReplyBatch& batch, const WireFormat& form, std::string_view key, LookupParts parts);
void write_touched(ReplyBatch& batch, const WireFormat& form, const FoundItem& item);
void write_stored(ReplyBatch& batch, const WireFormat& form, const Stored& stored);
void write_counted(ReplyBatch& batch, const WireFormat& form, const Counted& counted,
                   bool with_value);

/// The outcome of everything else, and every failure.
void write_status(ReplyBatch& batch, const WireFormat& form, Status status);

}  // namespace cocached::protocol
