#include "protocol/reply.hpp"

#include "protocol/binary/binary_reply.hpp"
#include "protocol/meta/meta_reply.hpp"
#include "protocol/reply_line.hpp"
#include "protocol/reply_texts.hpp"
#include "protocol/text/text_reply.hpp"

namespace cocached::protocol {

void begin_found(ReplyBatch& batch, const WireFormat& form, const FoundItem& item,
                 LookupParts parts) {
  if (form.dialect == Dialect::binary)
    binary::begin_found(batch, form, item, parts);
  else
    meta::begin_found(batch, form, item, parts);
}

void end_value(ReplyBatch& batch, const WireFormat& form) {
  if (form.dialect != Dialect::binary) batch.append(text::kLineEnd);
}

void write_miss(ReplyBatch& batch, const WireFormat& form, std::string_view key,
                LookupParts parts) {
  if (form.quiet) return;
  if (form.dialect == Dialect::binary)
    binary::write_miss(batch, form, parts.key ? key : std::string_view{});
  else
    meta::write_miss(batch, form);
}

/// The binary protocol answers a touch as a get, without the value.
void write_touched(ReplyBatch& batch, const WireFormat& form, const FoundItem& item) {
  if (form.dialect == Dialect::binary)
    binary::begin_found(batch, form, item, {});
  else
    write_status(batch, form, Status::touched);
}

void write_stored(ReplyBatch& batch, const WireFormat& form, const Stored& stored) {
  const bool hidden = form.quiet && (form.dialect == Dialect::text || is_success(stored.status));
  if (hidden) return;
  switch (form.dialect) {
    case Dialect::text:
      return text::write_line(batch, text::words_of(stored.status));
    case Dialect::meta:
      return meta::write_stored(batch, form, stored);
    case Dialect::binary:
      return binary::write_stored(batch, form, stored);
  }
}

void write_counted(ReplyBatch& batch, const WireFormat& form, const Counted& counted,
                   bool with_value) {
  if (form.quiet) return;
  switch (form.dialect) {
    case Dialect::text:
      return text::write_number(batch, counted.number);
    case Dialect::meta:
      return meta::write_counted(batch, form, counted, with_value);
    case Dialect::binary:
      return binary::write_counted(batch, form, counted);
  }
}

void write_status(ReplyBatch& batch, const WireFormat& form, Status status) {
  const bool hidden = form.quiet && (form.dialect == Dialect::text || is_success(status));
  if (hidden) return;
  switch (form.dialect) {
    case Dialect::text:
      return text::write_line(batch, text::words_of(status));
    case Dialect::meta:
      return meta::write_status(batch, form, status);
    case Dialect::binary:
      return binary::write_status(batch, form, status);
  }
}

}  // namespace cocached::protocol
