#pragma once

#include "protocol/reply_batch.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

/// Writers of the text protocol's replies.
namespace cocached::protocol::text {

/// `line` and its line end.
void write_line(ReplyBatch& batch, std::string_view line);

/// A number on a line of its own.
void write_number(ReplyBatch& batch, std::uint64_t number);

/// `VALUE <key> <flags> <bytes>[ <cas>]`, the value and its line end, all copied; the value is at
/// most ReplyBatch::kCopyLimit bytes.
void write_value(ReplyBatch& batch, std::string_view key, std::uint32_t client_flags,
                 std::optional<std::uint64_t> cas, std::string_view value);

/// The same, pointing at the value: the caller keeps it alive and unchanged until it is sent.
void point_at_value(ReplyBatch& batch, std::string_view key, std::uint32_t client_flags,
                    std::optional<std::uint64_t> cas, std::string_view value);

}  // namespace cocached::protocol::text
