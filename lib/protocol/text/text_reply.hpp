#pragma once

#include "protocol/compose_text.hpp"
#include "protocol/reply_batch.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

/// Writers of replies to classic text commands. Each throws base::NoMoreMemory if the batch gets no
/// memory.
namespace cocached::protocol::text {

/// Writes a number on a line of its own.
void write_number(ReplyBatch& batch, std::uint64_t number);

/// The line before a value: `VALUE <key> <flags> <bytes>[ <cas>]`.
struct ValueLine {
  std::string_view key;
  std::uint32_t client_flags = 0;
  std::optional<std::uint64_t> cas;
  std::size_t size = 0;
};

/// Writes `line` with its end. The caller appends the value and its line end.
void write_value_line(ReplyBatch& batch, const ValueLine& line);

/// Writes `line` and a value of at most ReplyBatch::kCopyLimit bytes, each with its line end.
void write_value(ReplyBatch& batch, const ValueLine& line, std::string_view value);

}  // namespace cocached::protocol::text
