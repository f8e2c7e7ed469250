#include "protocol/binary/binary_reply.hpp"

#include "protocol/binary/binary_format.hpp"
#include "protocol/compose_text.hpp"

#include <boost/endian/conversion.hpp>

namespace cocached::protocol::binary {
namespace {

struct ReplyHeader {
  std::uint16_t status = kNoError;
  std::uint8_t extras = 0;
  std::size_t key = 0;
  std::size_t value = 0;
  std::uint64_t cas = 0;
};

template <class Number>
char* put_big_endian(char* to, Number number) noexcept {
  boost::endian::endian_store<Number, sizeof(Number), boost::endian::order::big>(
      reinterpret_cast<unsigned char*>(to), number);
  return to + sizeof(Number);
}

char* put_header(char* to, const WireFormat& form, const ReplyHeader& header) noexcept {
  to = put(to, kReplyMagic);
  to = put_big_endian(to, form.opcode);
  to = put_big_endian(to, static_cast<std::uint16_t>(header.key));
  to = put_big_endian(to, header.extras);
  to = put_big_endian(to, std::uint8_t{0});
  to = put_big_endian(to, header.status);
  to = put_big_endian(to, static_cast<std::uint32_t>(header.extras + header.key + header.value));
  to = put_big_endian(to, form.opaque);
  return put_big_endian(to, header.cas);
}

std::string_view words_of(std::uint16_t status) noexcept {
  switch (status) {
    case kNotFound:
      return "Not found";
    case kExists:
      return "Data exists for key.";
    case kTooLarge:
      return "Too large.";
    case kInvalid:
      return "Invalid arguments";
    case kNotStored:
      return "Not stored.";
    case kNotANumber:
      return "Non-numeric server-side value for incr or decr";
    case kAuthError:
      return "Auth failure.";
    case kUnknownCommand:
      return "Unknown command";
    case kNoMemory:
      return "Out of memory";
    default:
      return "";
  }
}

std::uint16_t code_of(Status status) noexcept {
  switch (status) {
    case Status::not_stored:
      return kNotStored;
    case Status::exists:
      return kExists;
    case Status::not_found:
      return kNotFound;
    case Status::too_large:
      return kTooLarge;
    case Status::no_memory:
    case Status::no_memory_to_store:
      return kNoMemory;
    case Status::not_a_number:
      return kNotANumber;
    case Status::flush_forbidden:
      return kAuthError;
    default:
      return kNoError;
  }
}

/// Writes a header without a body.
void write_bare(ReplyBatch& batch, const WireFormat& form, std::uint64_t cas) {
  batch.append_to(put_header(batch.reserve(kHeaderSize), form, {.cas = cas}));
}

}  // namespace

void begin_found(ReplyBatch& batch, const WireFormat& form, const FoundItem& item,
                 LookupParts parts) {
  const auto key = parts.key ? item.key : std::string_view{};
  constexpr std::uint8_t kFlagsSize = 4;
  char* to = batch.reserve(kHeaderSize + kFlagsSize + key.size());
  to = put_header(to, form,
                  {.extras = kFlagsSize,
                   .key = key.size(),
                   .value = parts.value ? item.value_size : 0,
                   .cas = item.cas});
  batch.append_to(put(put_big_endian(to, item.client_flags), key));
}

void write_miss(ReplyBatch& batch, const WireFormat& form, std::string_view key) {
  if (key.empty()) return write_error(batch, form, kNotFound);
  char* to = batch.reserve(kHeaderSize + key.size());
  batch.append_to(put(put_header(to, form, {.status = kNotFound, .key = key.size()}), key));
}

void write_stored(ReplyBatch& batch, const WireFormat& form, const Stored& stored) {
  if (!is_success(stored.status)) return write_error(batch, form, code_of(stored.status));
  write_bare(batch, form, stored.cas);
}

void write_counted(ReplyBatch& batch, const WireFormat& form, const Counted& counted) {
  char* to = batch.reserve(kHeaderSize + sizeof counted.number);
  to = put_header(to, form, {.value = sizeof counted.number, .cas = counted.cas});
  batch.append_to(put_big_endian(to, counted.number));
}

void write_status(ReplyBatch& batch, const WireFormat& form, Status status) {
  if (!is_success(status)) return write_error(batch, form, code_of(status));
  write_bare(batch, form, 0);
}

void write_error(ReplyBatch& batch, const WireFormat& form, std::uint16_t status) {
  const auto words = words_of(status);
  char* to = batch.reserve(kHeaderSize + words.size());
  batch.append_to(put(put_header(to, form, {.status = status, .value = words.size()}), words));
}

void write_body(ReplyBatch& batch, const WireFormat& form, std::string_view body) {
  char* to = batch.reserve(kHeaderSize + body.size());
  batch.append_to(put(put_header(to, form, {.value = body.size()}), body));
}

void write_stat(ReplyBatch& batch, const WireFormat& form, std::string_view name,
                std::string_view value) {
  char* to = batch.reserve(kHeaderSize);
  batch.append_to(put_header(to, form, {.key = name.size(), .value = value.size()}));
  batch.append(name);
  batch.append(value);
}

}  // namespace cocached::protocol::binary
