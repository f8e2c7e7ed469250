#include "protocol/text/dump_reply.hpp"

#include "protocol/base64.hpp"
#include "protocol/compose_text.hpp"
#include "protocol/limits.hpp"
#include "protocol/percent_encoding.hpp"
#include "protocol/reply_texts.hpp"

namespace cocached::protocol::text {
namespace {

// Three bytes (`%XX`) for each byte of the key, and the other fields.
constexpr std::size_t kMaxMetadumpLine = 3 * kMaxKeySize + 2 * kMaxReplyText;

}  // namespace

void write_metadump_line(ReplyBatch& batch, const DumpedItem& item) {
  char* to = batch.reserve(kMaxMetadumpLine);
  to = put_percent_encoded(put(to, "key="), item.key);
  to = put(put(to, " exp="), item.expiry);
  to = put(put(to, " la="), item.last_access);
  to = put(put(to, " cas="), item.cas);
  to = put(to, item.fetched ? " fetch=yes" : " fetch=no");
  to = put(put(to, " cls=1 size="), item.size);
  to = put(put(to, " flags="), item.client_flags);
  batch.append_to(put(to, " \n"));
}

void write_mgdump_line(ReplyBatch& batch, std::string_view key, bool binary_key) {
  const bool in_base64 = needs_base64(key, binary_key);
  const std::string encoded = in_base64 ? encode_base64(key) : std::string{};
  const auto shown = in_base64 ? std::string_view{encoded} : key;
  char* to = batch.reserve(kMaxReplyText + shown.size());
  to = put(put(to, "mg "), shown);
  if (in_base64) to = put(to, " b");
  batch.append_to(put(to, kLineEnd));
}

}  // namespace cocached::protocol::text
