#pragma once

#include "protocol/compose_text.hpp"
#include "protocol/reply_batch.hpp"
#include "protocol/reply_texts.hpp"
#include "protocol/wire_format.hpp"

#include <string_view>

/// Replies of one line, which the classic and the meta commands share.
namespace cocached::protocol::text {

/// The line that says `status`, without its end.
std::string_view words_of(Status status) noexcept;

/// `line` and its line end. Inline, since most lines are constants.
inline void write_line(ReplyBatch& batch, std::string_view line) {
  char* to = batch.reserve(line.size() + kLineEnd.size());
  batch.append_to(put(put(to, line), kLineEnd));
}

}  // namespace cocached::protocol::text
