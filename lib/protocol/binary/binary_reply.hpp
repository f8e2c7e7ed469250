#pragma once

#include "protocol/reply_batch.hpp"
#include "protocol/reply_parts.hpp"

/// Replies of the binary protocol.
namespace cocached::protocol::binary {

void begin_found(ReplyBatch& batch, const WireFormat& form, const FoundItem& item,
                 LookupParts parts);

/// `key` is empty unless the request wants it back.
void write_miss(ReplyBatch& batch, const WireFormat& form, std::string_view key);
void write_stored(ReplyBatch& batch, const WireFormat& form, const Stored& stored);
void write_counted(ReplyBatch& batch, const WireFormat& form, const Counted& counted);
void write_status(ReplyBatch& batch, const WireFormat& form, Status status);

/// An error by its number, with its text as the body.
void write_error(ReplyBatch& batch, const WireFormat& form, std::uint16_t status);

/// Success with this body: the version, or the empty body of a noop.
void write_body(ReplyBatch& batch, const WireFormat& form, std::string_view body);

/// One statistic; the last has neither name nor value.
void write_stat(ReplyBatch& batch, const WireFormat& form, std::string_view name,
                std::string_view value);

}  // namespace cocached::protocol::binary
