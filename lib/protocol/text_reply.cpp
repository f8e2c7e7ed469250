#include "protocol/text_reply.hpp"

#include "protocol/text.hpp"

#include <charconv>
#include <cstring>

namespace cocached::protocol::text {
namespace {

constexpr std::size_t kMaxDigits = 20;  // of an unsigned 64-bit number

char* put(char* to, std::string_view bytes) noexcept {
  std::memcpy(to, bytes.data(), bytes.size());
  return to + bytes.size();
}

char* put(char* to, std::uint64_t number) noexcept {
  return std::to_chars(to, to + kMaxDigits, number).ptr;
}

char* put_value_line(char* to, std::string_view key, std::uint32_t client_flags,
                     std::optional<std::uint64_t> cas, std::size_t size) noexcept {
  to = put(to, "VALUE ");
  to = put(to, key);
  *to++ = ' ';
  to = put(to, std::uint64_t{client_flags});
  *to++ = ' ';
  to = put(to, std::uint64_t{size});
  if (cas) {
    *to++ = ' ';
    to = put(to, *cas);
  }
  return put(to, kLineEnd);
}

}  // namespace

void write_line(ReplyBatch& batch, std::string_view line) {
  char* to = batch.reserve(line.size() + kLineEnd.size());
  batch.append_to(put(put(to, line), kLineEnd));
}

void write_number(ReplyBatch& batch, std::uint64_t number) {
  char* to = batch.reserve(kMaxDigits + kLineEnd.size());
  batch.append_to(put(put(to, number), kLineEnd));
}

void write_value(ReplyBatch& batch, std::string_view key, std::uint32_t client_flags,
                 std::optional<std::uint64_t> cas, std::string_view value) {
  char* to = batch.reserve(kMaxReplyText + key.size() + value.size());
  to = put_value_line(to, key, client_flags, cas, value.size());
  batch.append_to(put(put(to, value), kLineEnd));
}

void point_at_value(ReplyBatch& batch, std::string_view key, std::uint32_t client_flags,
                    std::optional<std::uint64_t> cas, std::string_view value) {
  char* to = batch.reserve(kMaxReplyText + key.size());
  batch.append_to(put_value_line(to, key, client_flags, cas, value.size()));
  batch.point_at(value);
  batch.append(kLineEnd);
}

}  // namespace cocached::protocol::text
