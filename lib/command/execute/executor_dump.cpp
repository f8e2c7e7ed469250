#include "command/execute/executor.hpp"
#include "protocol/reply_texts.hpp"
#include "protocol/text/dump_reply.hpp"

namespace cocached::command {
namespace {

namespace text = protocol::text;
using protocol::Dump;

/// Returns `at` in Unix seconds. `started` is the Unix time at which server time was zero.
std::int64_t unix_seconds(store::TimePoint at, store::Duration started) noexcept {
  return std::chrono::floor<std::chrono::seconds>(started + at.time_since_epoch()).count();
}

/// Returns the error line that refuses `request`, or nothing if it is served.
std::string_view refusal(const Dump& request, const Policy& policy) noexcept {
  const bool with_details = request.format == Dump::Format::metadump;
  if (!policy.dump_allowed) return with_details ? text::kMetadumpForbidden : text::kMgdumpForbidden;
  return request.classes == Dump::Classes::unknown ? text::kBadClass : std::string_view{};
}

}  // namespace

/// Lists at most kItemsAtOnce items a pass. The shard is locked for some microseconds, and other
/// connections wait for their turn no longer than behind ordinary requests. The batch may exceed
/// its bound by kItemsAtOnce lines.
Outcome Executor::operator()(const Dump& request) {
  constexpr std::size_t kItemsAtOnce = 64;
  constexpr std::size_t kLongestLine = 900;  // bytes, with a key whose every byte is written as %XX
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

/// Writes the line of one item. `started` is the Unix time at which server time was zero.
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
