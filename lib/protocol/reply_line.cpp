#include "protocol/reply_line.hpp"

namespace cocached::protocol::text {

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

}  // namespace cocached::protocol::text
