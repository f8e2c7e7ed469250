#pragma once

#include "protocol/reply_batch.hpp"
#include "protocol/reply_parts.hpp"

/// Writers of the binary protocol's replies. Each throws base::NoMoreMemory if the batch gets no
/// memory. reply.hpp decides what a quiet request hides; these functions always write.
namespace cocached::protocol::binary {

/// Writes a hit up to its value, which the caller appends if `parts.value` is set.
void begin_found(ReplyBatch& batch, const WireFormat& form, const FoundItem& item,
                 LookupParts parts);

/// Writes a miss. `key` is empty unless the request asks for its key (the getk opcodes).
void write_miss(ReplyBatch& batch, const WireFormat& form, std::string_view key);
void write_stored(ReplyBatch& batch, const WireFormat& form, const Stored& stored);
void write_counted(ReplyBatch& batch, const WireFormat& form, const Counted& counted);
void write_status(ReplyBatch& batch, const WireFormat& form, Status status);

/// Writes the error `status`, one of the numbers of binary_format.hpp, with its text as the body.
void write_error(ReplyBatch& batch, const WireFormat& form, std::uint16_t status);

/// Writes a success with this body: the version, or the empty body of a noop.
void write_body(ReplyBatch& batch, const WireFormat& form, std::string_view body);

/// Writes one statistic. A packet with neither name nor value ends the list.
void write_stat(ReplyBatch& batch, const WireFormat& form, std::string_view name,
                std::string_view value);

}  // namespace cocached::protocol::binary
