#include "command/execute/executor.hpp"
#include "protocol/reply_texts.hpp"
#include "protocol/text/dump_reply.hpp"

namespace cocached::command {
namespace {

namespace text = protocol::text;
using protocol::Dump;

/// `at` on the wall clock, in Unix seconds.
std::int64_t unix_seconds(store::TimePoint at, store::Duration started) noexcept {
  return std::chrono::floor<std::chrono::seconds>(started + at.time_since_epoch()).count();
}

/// What says no to `request`; empty where it is served.
std::string_view refusal(const Dump& request, const Policy& policy) noexcept {
  const bool with_details = request.format == Dump::Format::metadump;
  if (!policy.dump_allowed) return with_details ? text::kMetadumpForbidden : text::kMgdumpForbidden;
  return request.classes == Dump::Classes::unknown ? text::kBadClass : std::string_view{};
}

}  // namespace

/// Answers a few items a pass: the shard is locked for some microseconds, and other connections
/// wait no longer for their turn than behind ordinary requests. The batch may go past its bound by
/// that many lines.
Outcome Executor::operator()(const Dump& request) {
  constexpr std::size_t kItemsAtOnce = 64;
  constexpr std::size_t kLongestLine = 900;  // with a key of which each byte is three
  if (const auto line = refusal(request, env_.policy); !line.empty()) {
    reply(line);
    return Outcome::answered;
  }
  if (!progress_.dump) {
    reply(text::kOk);
    progress_.dump.emplace();
  }
  const auto started =
      env_.clock.wall_now().time_since_epoch() - env_.clock.now().time_since_epoch();
  const auto append = [&](const store::ItemView& item) {
    append_dumped(request.format, item, started);
  };
  if (request.classes == Dump::Classes::with_items &&
      env_.store.scan(*progress_.dump, now_, batch_.replies.room_for(kItemsAtOnce, kLongestLine),
                      append))
    return Outcome::unfinished;
  progress_.dump.reset();
  reply(request.format == Dump::Format::metadump ? text::kEnd : text::kMetaEnd);
  return Outcome::answered;
}

/// `started` is when server time was zero, on the wall clock.
void Executor::append_dumped(Dump::Format format, const store::ItemView& item,
                             store::Duration started) {
  if (format == Dump::Format::mgdump)
    return text::write_mgdump_line(batch_.replies, item.key, item.binary_key);
  const bool expires = item.deadline != store::kNever;
  text::write_metadump_line(batch_.replies,
                            {.key = item.key,
                             .expiry = expires ? unix_seconds(item.deadline, started) : -1,
                             .last_access = unix_seconds(item.last_access, started),
                             .cas = item.cas,
                             .fetched = item.fetched,
                             .size = item.key.size() + item.value.size(),
                             .client_flags = item.client_flags});
}

}  // namespace cocached::command
