#pragma once

#include "protocol/form.hpp"
#include "protocol/reply_batch.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

/// Writers of replies in whatever dialect the request was made. What a quiet request hides is
/// decided here: in text everything, in meta and binary the common case (a miss of a lookup, the
/// success of all else).
namespace cocached::protocol {

/// An item as a reply shows it.
struct FoundItem {
  std::string_view key;
  std::size_t value_size = 0;
  std::uint32_t client_flags = 0;
  std::uint64_t cas = 0;
  std::optional<std::int64_t> ttl;  ///< seconds left; none: it never expires
  std::int64_t idle = 0;            ///< seconds since the access before this one
  bool fetched = false;             ///< before this request
  bool stale = false;
  bool won = false;   ///< this client is to fill the item again
  bool sent = false;  ///< another one is
};

/// What became of a storage command.
struct Stored {
  Status status = Status::stored;
  std::uint64_t cas = 0;  ///< 0 unless it was stored
  std::size_t size = 0;   ///< of the value that is stored now
};

/// What became of an increment or decrement.
struct Counted {
  std::uint64_t number = 0;
  std::uint64_t cas = 0;
  std::optional<std::int64_t> ttl;
};

/// What a reply to a lookup carries.
struct LookupParts {
  bool value = false;
  bool key = false;  ///< binary
};

/// The part of a hit before the value. The value is appended by the caller, then `end_value`.
void begin_found(ReplyBatch& batch, const Form& form, const FoundItem& item, LookupParts parts);
void end_value(ReplyBatch& batch, const Form& form);

void write_miss(ReplyBatch& batch, const Form& form, std::string_view key, LookupParts parts);
void write_touched(ReplyBatch& batch, const Form& form, const FoundItem& item);
void write_stored(ReplyBatch& batch, const Form& form, const Stored& stored);
void write_counted(ReplyBatch& batch, const Form& form, const Counted& counted, bool with_value);

/// The outcome of everything else, and every failure.
void write_status(ReplyBatch& batch, const Form& form, Status status);

}  // namespace cocached::protocol
