#include "protocol/text/text_reply.hpp"

#include "protocol/compose_text.hpp"
#include "protocol/reply_texts.hpp"

namespace cocached::protocol::text {
namespace {

char* put_value_line(char* to, const ValueLine& line) noexcept {
  to = put(put(to, "VALUE "), line.key);
  to = put(put(to, ' '), line.client_flags);
  to = put(put(to, ' '), line.size);
  if (line.cas) to = put(put(to, ' '), *line.cas);
  return put(to, kLineEnd);
}

}  // namespace

void write_number(ReplyBatch& batch, std::uint64_t number) {
  char* to = batch.reserve(kMaxDigits + kLineEnd.size());
  batch.append_to(put(put(to, number), kLineEnd));
}

void write_value_line(ReplyBatch& batch, const ValueLine& line) {
  batch.append_to(put_value_line(batch.reserve(kMaxReplyText + line.key.size()), line));
}

void write_value(ReplyBatch& batch, const ValueLine& line, std::string_view value) {
  char* to = batch.reserve(kMaxReplyText + line.key.size() + value.size());
  batch.append_to(put(put(put_value_line(to, line), value), kLineEnd));
}

}  // namespace cocached::protocol::text
