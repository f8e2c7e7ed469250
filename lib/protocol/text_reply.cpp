#include "protocol/text_reply.hpp"

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

std::string_view words_of(Status status) noexcept {
  switch (status) {
    case Status::ok:
      return kOk;
    case Status::stored:
      return kStored;
    case Status::not_stored:
      return kNotStored;
    case Status::exists:
      return kExists;
    case Status::not_found:
      return kNotFound;
    case Status::deleted:
      return kDeleted;
    case Status::touched:
      return kTouched;
    case Status::too_large:
      return kTooLarge;
    case Status::no_memory_to_store:
      return kNoMemoryToStore;
    case Status::no_memory:
      return kNoMemory;
    case Status::not_a_number:
      return kNotANumber;
    case Status::flush_forbidden:
      return kFlushForbidden;
  }
  return kError;
}

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
