// Requests that read items. A list of keys is answered in groups of sixteen: the memory of all keys
// of a group is fetched before the first key is looked up, so their cache misses overlap.
//
// Invariant: a hit's memory (block, pin or copy) is taken before its reply begins, so a reply never
// ends in the middle when memory runs out. The shard's lock is held while the reply is written,
// except for the bytes of a large value, which the pin keeps in place after the lock is released.

#include "command/execute/executor.hpp"
#include "command/execute/expiry_time.hpp"
#include "command/execute/request_key.hpp"
#include "insight/key_watch.hpp"
#include "protocol/reply_line.hpp"
#include "protocol/reply_texts.hpp"
#include "protocol/text/text_reply.hpp"
#include "protocol/tokens.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace cocached::command {
namespace {

namespace text = protocol::text;
using protocol::Dialect;
using protocol::ReplyBatch;
using protocol::Status;

/// Cuts keys off the front of `rest` into `keys`, until `keys` is full or a key is too long.
/// Returns their number.
std::size_t next_keys(std::string_view& rest, std::span<store::Key> keys) noexcept {
  std::size_t count = 0;
  while (count < keys.size()) {
    auto after = rest;
    const auto key = protocol::next_token(after);
    if (key.size() > protocol::kMaxKeySize) break;
    rest = after;
    if (key.empty()) break;
    keys[count++] = store::Key{key};
  }
  return count;
}

}  // namespace

Outcome Executor::operator()(const protocol::Get& request) {
  if (request.first.end() == request.keys.end())
    get_one(key_of(request.first, hashed_), request,
            {.touch = deadline(request.touch), .tally = true});
  else if (!get_list(request))
    return Outcome::unfinished;
  text::write_line(batch_.replies, text::kEnd);
  return Outcome::answered;
}

/// Returns false if the batch was full or the turn over before the end of the list. The parser has
/// checked the keys, so none is too long.
bool Executor::get_list(const protocol::Get& request) {
  auto keys = request.keys.substr(progress_.key_bytes);
  const bool done = get_keys(request, keys) == KeysStop::done;
  progress_.key_bytes = done ? 0 : request.keys.size() - keys.size();
  return done;
}

Executor::KeysStop Executor::get_keys(const protocol::Get& list, std::string_view& keys) {
  constexpr std::size_t kAhead = 16;  // keys in a group
  const store::ReadOptions options{.touch = deadline(list.touch), .tally = true};
  auto rest = keys;
  std::array<store::Key, kAhead> ahead;
  while (const auto count = next_keys(rest, ahead)) {
    if (turn_.is_overdrawn()) return KeysStop::turn_over;
    env_.store.prefetch({ahead.data(), count});
    turn_.add_keys(count);
    for (const auto& key : std::span{ahead}.first(count)) {
      if (!batch_.has_room()) return KeysStop::batch_full;
      get_one(key, list, options);
      keys.remove_prefix(static_cast<std::size_t>(key.bytes.end() - keys.begin()));
    }
  }
  keys = rest;
  return keys.empty() ? KeysStop::done : KeysStop::bad_key;
}

void Executor::get_one(const store::Key& key, const protocol::Get& request,
                       const store::ReadOptions& options) {
  std::size_t size = 0;
  const auto write_hit = [&](const store::Hit& hit) {
    const auto& item = hit.item;
    size = item.value.size();
    const text::ValueLine line{.key = key.bytes,
                               .client_flags = item.client_flags,
                               .cas = request.with_cas ? std::optional{item.cas} : std::nullopt,
                               .size = size};
    if (size <= ReplyBatch::kCopyLimit) return text::write_value(batch_.replies, line, item.value);
    const auto value = pin_or_copy_value(hit);
    text::write_value_line(batch_.replies, line);
    append_value(value);
    batch_.replies.append(text::kLineEnd);
  };
  const auto result = env_.store.read(key, now_, options, write_hit);
  count_read(result, request.touch.has_value());
  note_read(key, result, size, options.touch);
}

/// Takes all memory that the reply to a hit needs, before the reply begins: a client would read an
/// error line behind half a reply as part of the value. Returns the value for append_value(). A
/// large value is pinned, or copied if pins hold too much of the store. Throws base::NoMoreMemory.
std::string_view Executor::pin_or_copy_value(const store::Hit& hit) {
  const auto value = hit.item.value;
  if (value.size() <= ReplyBatch::kCopyLimit) return value;
  batch_.replies.reserve(ReplyBatch::kMaxSmallReply);
  auto pin = hit.try_pin();
  if (!pin) return batch_.replies.keep_copy(value);
  batch_.keep_pinned(std::move(*pin));
  return value;
}

/// Copies a small value into the batch, and points at a large one, which is pinned or copied.
void Executor::append_value(std::string_view held) {
  if (held.size() <= ReplyBatch::kCopyLimit)
    batch_.replies.append(held);
  else
    batch_.replies.point_at(held);
}

/// Counts a read either as a get or as a touch, as memcached does. So cmd_get is always the sum of
/// get_hits and get_misses.
void Executor::count_read(store::ReadResult result, bool touches) {
  const bool hit = result == store::ReadResult::hit;
  env_.counters.add(touches ? Count::touch : Count::get);
  if (touches)
    env_.counters.add(hit ? Count::touch_hit : Count::touch_miss);
  else
    env_.counters.add(hit ? Count::get_hit : Count::get_miss);
  if (result == store::ReadResult::expired) env_.counters.add(Count::get_expired);
  if (result == store::ReadResult::flushed) env_.counters.add(Count::get_flushed);
}

/// Tells KeyWatch and the watchers of a read. A get-and-touch counts neither as a get nor as a
/// miss, as in `stats`.
void Executor::note_read(const store::Key& key, store::ReadResult result, std::size_t size,
                         std::optional<store::TimePoint> touch) {
  const bool hit = result == store::ReadResult::hit;
  if (touch && hit)
    env_.keys.touched(key, *touch);
  else if (touch)
    env_.keys.used(key);
  else if (hit)
    env_.keys.hit(key, size);
  else
    env_.keys.miss(key);
  if (is_watched(Topic::fetchers)) [[unlikely]]
    show_fetch(key, result);
}

Outcome Executor::operator()(const protocol::Lookup& request) {
  const RequestKey bytes{request.form, request.key, hashed_};
  const store::Key& key = bytes;
  const store::ReadOptions options{
      .touch = deadline(request.touch),
      .vivify = deadline(request.vivify),
      .recache_below = request.recache_below
                           ? std::optional<store::Duration>{std::chrono::seconds{
                                 std::max<std::int64_t>(*request.recache_below, 0)}}
                           : std::nullopt,
      .new_cas = request.new_cas,
      .bump = request.bump,
      .claim = request.form.dialect == Dialect::meta,
      .tally = true};
  bool found = false;
  std::size_t size = 0;
  const auto result = env_.store.read(key, now_, options, [&](const store::Hit& hit) {
    found = true;
    size = hit.item.value.size();
    append_found(request, hit);
  });
  if (!found)
    protocol::write_miss(batch_.replies, request.form, request.key,
                         {.value = request.with_value, .key = request.with_key});
  // memcached counts an `mg` with `T` that misses as a get.
  const bool hit = result == store::ReadResult::hit;
  const bool touches = request.touch && (hit || request.form.dialect == Dialect::binary);
  count_read(result, touches);
  note_read(key, result, size, touches ? options.touch : std::nullopt);
  return Outcome::answered;
}

void Executor::append_found(const protocol::Lookup& request, const store::Hit& hit) {
  const auto& item = hit.item;
  const bool with_value = request.with_value && request.unless_cas != item.cas;
  const protocol::FoundItem found{
      .key = request.key,
      .value_size = item.value.size(),
      .client_flags = item.client_flags,
      .cas = item.cas,
      .ttl = seconds_left(item.deadline, now_),
      .idle = std::max<std::int64_t>((now_ - item.last_access) / std::chrono::seconds{1}, 0),
      .fetched = item.fetched,
      .stale = item.stale,
      .won = hit.recache == store::Recache::won,
      .sent = hit.recache == store::Recache::sent};
  // If the item was stored with a base64 key, the reply shows the key in base64. Any other key is
  // shown as this client wrote it, which is one word.
  auto form = request.form;
  std::string encoded;
  if (item.binary_key && !form.base64_key && form.dialect == Dialect::meta) {
    encoded = protocol::encode_base64(item.key);
    form.key = encoded;
    form.base64_key = true;
  }
  const auto value = with_value ? pin_or_copy_value(hit) : std::string_view{};
  protocol::begin_found(batch_.replies, form, found,
                        {.value = with_value, .key = request.with_key});
  if (!with_value) return;
  append_value(value);
  protocol::end_value(batch_.replies, request.form);
}

/// Replies `ME <key> exp=<s or -1> la=<s> cas=<n> fetch=yes|no cls=1 size=<n>`, with the key in
/// base64 if it is not plain. A miss is `EN`.
Outcome Executor::operator()(const protocol::Debug& request) {
  const RequestKey bytes{request.form, request.key, hashed_};
  env_.counters.add(Count::meta);
  const store::ReadOptions options{.bump = false};
  std::string line{"EN"};
  env_.store.read(bytes, now_, options, [&](const store::Hit& hit) {
    const auto& item = hit.item;
    line = fmt::format("ME {} exp={} la={} cas={} fetch={} cls=1 size={}",
                       protocol::needs_base64(item.key, item.binary_key)
                           ? protocol::encode_base64(item.key)
                           : std::string{item.key},
                       seconds_left(item.deadline, now_).value_or(-1),
                       (now_ - item.last_access) / std::chrono::seconds{1}, item.cas,
                       item.fetched ? "yes" : "no", item.key.size() + item.value.size());
  });
  reply(line);
  return Outcome::answered;
}

Outcome Executor::operator()(const protocol::Touch& request) {
  const store::ReadOptions options{.touch = deadline_of(request.expiry, env_.clock)};
  const store::Key key = key_of(request.key, hashed_);
  const auto write_hit = [&](const store::Hit& hit) {
    protocol::write_touched(batch_.replies, request.form,
                            {.client_flags = hit.item.client_flags, .cas = hit.item.cas});
  };
  const auto result = env_.store.read(key, now_, options, write_hit);
  const bool hit = result == store::ReadResult::hit;
  note_read(key, result, 0, options.touch);
  env_.counters.add(Count::touch);
  env_.counters.add(hit ? Count::touch_hit : Count::touch_miss);
  if (!hit) protocol::write_status(batch_.replies, request.form, Status::not_found);
  return Outcome::answered;
}

}  // namespace cocached::command
