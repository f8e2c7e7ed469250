#include "protocol/meta/meta_reply.hpp"

#include "protocol/compose_text.hpp"
#include "protocol/reply_line.hpp"
#include "protocol/reply_texts.hpp"
#include "protocol/tokens.hpp"

#include <algorithm>

namespace cocached::protocol::meta {
namespace {

/// Writes a flag and its number: ` t30`.
char* put_flag(char* to, char letter, auto number) noexcept {
  return put(put(put(to, ' '), letter), number);
}

char* put_ttl(char* to, std::optional<std::int64_t> ttl) noexcept {
  return put_flag(to, 't', std::max<std::int64_t>(ttl.value_or(-1), -1));
}

/// Writes ` k<key>`, and ` b` if the key is in base64.
char* put_key(char* to, const WireFormat& form) noexcept {
  to = put(put(to, " k"), form.key);
  return form.base64_key ? put(to, " b") : to;
}

/// Writes `flag` if every reply repeats it (`O` and `k`). Returns true if it did.
bool put_echo(char*& to, const WireFormat& form, std::string_view flag) noexcept {
  if (flag.front() == 'O') {
    to = put(put(to, ' '), flag);
    return true;
  }
  if (flag.front() != 'k') return false;
  to = put_key(to, form);
  return true;
}

char* put_echoes(char* to, const WireFormat& form) noexcept {
  auto rest = form.flags;
  for (auto flag = next_token(rest); !flag.empty(); flag = next_token(rest))
    put_echo(to, form, flag);
  return to;
}

char* put_found_flag(char* to, char letter, const FoundItem& item) noexcept {
  switch (letter) {
    case 's':
      return put_flag(to, 's', item.value_size);
    case 't':
      return put_ttl(to, item.ttl);
    case 'c':
      return put_flag(to, 'c', item.cas);
    case 'f':
      return put_flag(to, 'f', item.client_flags);
    case 'l':
      return put_flag(to, 'l', item.idle);
    case 'h':
      return put(to, item.fetched ? " h1" : " h0");
    default:
      return to;
  }
}

/// A bound on the bytes of a reply line with all flags, the key and the opaque.
constexpr std::size_t kMaxLineSize = 640;

std::string_view code_of(Status status) noexcept {
  switch (status) {
    case Status::not_stored:
      return "NS";
    case Status::exists:
      return "EX";
    case Status::not_found:
      return "NF";
    default:
      return "HD";
  }
}

bool is_error(Status status) noexcept {
  switch (status) {
    case Status::too_large:
    case Status::no_memory:
    case Status::no_memory_to_store:
    case Status::not_a_number:
    case Status::flush_forbidden:
      return true;
    default:
      return false;
  }
}

void finish_line(ReplyBatch& batch, char* to) {
  batch.append_to(put(to, text::kLineEnd));
}

}  // namespace

void begin_found(ReplyBatch& batch, const WireFormat& form, const FoundItem& item,
                 LookupParts parts) {
  char* to = batch.reserve(kMaxLineSize);
  to = parts.value ? put(put(to, "VA "), item.value_size) : put(to, "HD");
  auto rest = form.flags;
  for (auto flag = next_token(rest); !flag.empty(); flag = next_token(rest))
    if (!put_echo(to, form, flag)) to = put_found_flag(to, flag.front(), item);
  if (item.sent) to = put(to, " Z");
  if (item.stale) to = put(to, " X");
  if (item.won) to = put(to, " W");
  finish_line(batch, to);
}

void write_miss(ReplyBatch& batch, const WireFormat& form) {
  finish_line(batch, put_echoes(put(batch.reserve(kMaxLineSize), "EN"), form));
}

void write_stored(ReplyBatch& batch, const WireFormat& form, const Stored& stored) {
  if (is_error(stored.status)) return text::write_line(batch, text::words_of(stored.status));
  char* to = put(batch.reserve(kMaxLineSize), code_of(stored.status));
  auto rest = form.flags;
  for (auto flag = next_token(rest); !flag.empty(); flag = next_token(rest)) {
    if (put_echo(to, form, flag)) continue;
    if (flag.front() == 'c') to = put_flag(to, 'c', stored.cas);
    if (flag.front() == 's') to = put_flag(to, 's', stored.size);
  }
  finish_line(batch, to);
}

void write_counted(ReplyBatch& batch, const WireFormat& form, const Counted& counted,
                   bool with_value) {
  char digits[kMaxDigits];
  const std::string_view number{digits, put(digits, counted.number)};
  char* to = batch.reserve(kMaxLineSize);
  to = with_value ? put(put(to, "VA "), number.size()) : put(to, "HD");
  auto rest = form.flags;
  for (auto flag = next_token(rest); !flag.empty(); flag = next_token(rest)) {
    if (put_echo(to, form, flag)) continue;
    if (flag.front() == 'c') to = put_flag(to, 'c', counted.cas);
    if (flag.front() == 't') to = put_ttl(to, counted.ttl);
  }
  if (with_value) to = put(put(to, text::kLineEnd), number);
  finish_line(batch, to);
}

void write_status(ReplyBatch& batch, const WireFormat& form, Status status) {
  if (is_error(status)) return text::write_line(batch, text::words_of(status));
  finish_line(batch, put_echoes(put(batch.reserve(kMaxLineSize), code_of(status)), form));
}

}  // namespace cocached::protocol::meta
