#pragma once

#include "protocol/compose_text.hpp"
#include "protocol/reply_batch.hpp"
#include "protocol/reply_texts.hpp"
#include "protocol/wire_format.hpp"

#include <string_view>

/// Replies of one line, which classic and meta commands share. reply_texts.hpp holds the lines.
namespace cocached::protocol::text {

/// Returns the line that tells `status`, without its line end.
std::string_view words_of(Status status) noexcept;

/// Writes `line` and its line end. Inline, because most lines are constants. Throws
/// base::NoMoreMemory.
inline void write_line(ReplyBatch& batch, std::string_view line) {
  char* to = batch.reserve(line.size() + kLineEnd.size());
  batch.append_to(put(put(to, line), kLineEnd));
}

}  // namespace cocached::protocol::text
