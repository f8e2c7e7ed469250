#include "command/stats.hpp"

#include "command/namespace_stats.hpp"
#include "command/stat_writer.hpp"
#include "protocol/binary.hpp"
#include "protocol/binary_reply.hpp"
#include "protocol/percent.hpp"
#include "protocol/text.hpp"
#include "protocol/tokens.hpp"

#include <map>

#include <fmt/format.h>

namespace cocached::command {
namespace {

namespace text = protocol::text;

StatText error(std::string_view text) {
  return {StatText::Kind::error, std::string{text}};
}
StatText done(std::string_view text) {
  return {StatText::Kind::done, std::string{text}};
}
StatText lines(std::string text) {
  return {StatText::Kind::lines, std::move(text)};
}

StatList connection_stats(const ServerView& server) {
  StatWriter out;
  for (const auto& connection : server.connections()) {
    const auto name = [&](std::string_view field) {
      return fmt::format("{}:{}", connection.descriptor, field);
    };
    if (connection.address.starts_with("udp")) out.add(name("UDP"), "UDP");
    out.add(name("addr"), connection.address);
    if (!connection.listen_address.empty()) out.add(name("listen_addr"), connection.listen_address);
    if (!connection.listener_tag.empty()) out.add(name("listen_tag"), connection.listener_tag);
    out.add(name("state"), connection.state);
    out.add(name("secs_since_last_cmd"), connection.since_last_command / std::chrono::seconds{1});
  }
  return out.take();
}

/// Item sizes in steps of 32 bytes, as memcached counts them. Walks the store a little at a time.
StatList size_stats(Environment& env, store::TimePoint now) {
  constexpr std::size_t kStep = 32;
  constexpr std::size_t kItemsAtOnce = 1000;
  if (!env.policy.track_sizes) return {{"sizes_status", "disabled"}};
  std::map<std::size_t, std::uint64_t> counts;
  const auto count = [&](const store::ItemView& item) {
    ++counts[(item.key.size() + item.value.size() + kStep - 1) / kStep * kStep];
  };
  store::ScanCursor cursor;
  while (env.store.scan(cursor, now, kItemsAtOnce, count)) {
  }
  StatWriter out;
  for (const auto& [size, number] : counts) out.add(fmt::to_string(size), number);
  return out.take();
}

/// `ITEM <key, as a word> [<bytes> b; <unix expiry> s]` for the first `limit` items (0: all), 2 MB
/// at most.
std::string dump_items(Environment& env, store::TimePoint now, std::uint32_t limit) {
  constexpr std::size_t kMaxReply = std::size_t{2} << 20;
  constexpr std::size_t kItemsAtOnce = 100;
  const auto started = env.clock.wall_now() - env.clock.now().time_since_epoch();
  std::string reply;
  std::uint32_t count = 0;
  const auto has_room = [&] { return (limit == 0 || count < limit) && reply.size() < kMaxReply; };
  const auto dump = [&](const store::ItemView& item) {
    if (!has_room()) return;
    ++count;
    const auto expiry = item.deadline == store::kNever
                            ? store::Duration{}
                            : (started + item.deadline.time_since_epoch()).time_since_epoch();
    fmt::format_to(std::back_inserter(reply), "ITEM {} [{} b; {} s]\r\n",
                   protocol::key_as_word(item.key), item.value.size(),
                   expiry / std::chrono::seconds{1});
  };
  store::ScanCursor cursor;
  while (has_room() && env.store.scan(cursor, now, kItemsAtOnce, dump)) {
  }
  return reply += "END\r\n";
}

StatText cachedump_report(const protocol::Tokens& words, Environment& env, store::TimePoint now) {
  constexpr std::uint32_t kClasses = 64;
  constexpr std::uint32_t kTheClass = 1;
  if (!env.policy.dump_allowed) return error(text::kCachedumpForbidden);
  if (words.size() < 3) return error(text::kBadCommandLine);
  const auto id = protocol::parse_number<std::uint32_t>(words[1]);
  const auto limit = protocol::parse_number<std::uint32_t>(words[2]);
  if (!id || !limit) return error(text::kBadFormat);
  if (*id >= kClasses) return error(text::kIllegalSlab);
  return lines(*id == kTheClass ? dump_items(env, now, *limit) : std::string{"END\r\n"});
}

StatText detail_report(std::string_view what, Environment& env) {
  if (!env.policy.dump_allowed) return error(text::kDetailForbidden);
  if (what == "dump") return lines(prefix_dump(env.store));
  if (what != "on" && what != "off") return error(text::kDetailUsage);
  env.store.track_all_namespaces(what == "on");
  return done(text::kOk);
}

StatText reset_report(Environment& env) {
  env.server.reset_totals();
  env.store.reset_stats();
  return done(text::kReset);
}

}  // namespace

StatReport stats_report(std::string_view arguments, Environment& env, store::TimePoint now) {
  const protocol::Tokens words{arguments};
  const auto what = words[0];
  if (what.empty()) return general_stats(env.server, env.store);
  if (what == "settings") return env.server.settings();
  if (what == "items") return item_stats(env.server, env.store);
  if (what == "slabs") return slab_stats(env.server, env.store);
  if (what == "sizes") return size_stats(env, now);
  if (what == "conns") return connection_stats(env.server);
  if (what == "cachedump") return cachedump_report(words, env, now);
  if (what == "detail") return detail_report(words[1], env);
  if (what == "latency") return latency_stats(env.server);
  if (what == "hotkeys") return hot_key_stats(env.server);
  if (what == "mrc") return miss_ratio_stats(env.server);
  if (what == "reset") return reset_report(env);
  return error(text::kError);
}

std::string stats_text(const StatReport& report) {
  if (const auto* text = std::get_if<StatText>(&report))
    return text->kind == StatText::Kind::lines ? text->text : text->text + "\r\n";
  std::string lines;
  for (const auto& [name, value] : std::get<StatList>(report))
    fmt::format_to(std::back_inserter(lines), "STAT {} {}\r\n", name, value);
  return lines += "END\r\n";
}

void write_binary_stats(protocol::ReplyBatch& batch, const protocol::Form& form,
                        const StatReport& report) {
  namespace binary = protocol::binary;
  if (const auto* text = std::get_if<StatText>(&report)) {
    if (text->kind == StatText::Kind::error)
      return binary::write_error(batch, form, binary::kNotFound);
    if (text->kind == StatText::Kind::lines)
      binary::write_stat(batch, form, "detailed", text->text);
  } else {
    for (const auto& [name, value] : std::get<StatList>(report))
      binary::write_stat(batch, form, name, value);
  }
  binary::write_stat(batch, form, {}, {});
}

}  // namespace cocached::command
