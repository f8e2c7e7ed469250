#include "command/stats.hpp"

#include "base/version.hpp"
#include "command/namespace_stats.hpp"
#include "command/version.hpp"
#include "protocol/binary.hpp"
#include "protocol/binary_reply.hpp"
#include "protocol/text.hpp"
#include "protocol/tokens.hpp"

#include <map>

#include <fmt/format.h>

namespace cocached::command {
namespace {

namespace text = protocol::text;

/// Collects names and values of whatever type.
class StatWriter {
 public:
  template <class Value>
  StatWriter& add(std::string_view name, const Value& value) {
    list_.emplace_back(std::string{name}, fmt::format("{}", value));
    return *this;
  }

  /// Fields of parts of memcached that do not exist here: always zero.
  StatWriter& zeros(std::initializer_list<std::string_view> names) {
    for (const auto name : names) add(name, 0);
    return *this;
  }

  StatWriter& append(StatList more) {
    list_.insert(list_.end(), std::move_iterator{more.begin()}, std::move_iterator{more.end()});
    return *this;
  }

  StatList take() { return std::move(list_); }

 private:
  StatList list_;
};

void add_commands(StatWriter& out, const Totals& totals) {
  out.add("cmd_get", totals[Count::get])
      .add("cmd_set", totals[Count::set])
      .add("cmd_flush", totals[Count::flush])
      .add("cmd_touch", totals[Count::touch])
      .add("cmd_meta", totals[Count::meta])
      .add("get_hits", totals[Count::get_hit])
      .add("get_misses", totals[Count::get_miss])
      .add("get_expired", totals[Count::get_expired])
      .add("get_flushed", totals[Count::get_flushed])
      .add("delete_misses", totals[Count::delete_miss])
      .add("delete_hits", totals[Count::delete_hit])
      .add("incr_misses", totals[Count::increment_miss])
      .add("incr_hits", totals[Count::increment_hit])
      .add("decr_misses", totals[Count::decrement_miss])
      .add("decr_hits", totals[Count::decrement_hit])
      .add("cas_misses", totals[Count::cas_miss])
      .add("cas_hits", totals[Count::cas_hit])
      .add("cas_badval", totals[Count::cas_bad_value])
      .add("touch_hits", totals[Count::touch_hit])
      .add("touch_misses", totals[Count::touch_miss])
      .add("store_too_large", totals[Count::too_large])
      .add("store_no_memory", totals[Count::no_memory])
      .add("auth_cmds", totals[Count::auth])
      .add("auth_errors", totals[Count::auth_error])
      .add("idle_kicks", totals[Count::idle_kick])
      .add("bytes_read", totals[Count::bytes_read])
      .add("bytes_written", totals[Count::bytes_written]);
}

/// The power of two that holds this many slots, as memcached's hash table would.
unsigned power_level(std::uint64_t slots) noexcept {
  unsigned power = 0;
  while ((std::uint64_t{1} << power) < slots) ++power;
  return power;
}

void add_store(StatWriter& out, const store::Stats& store, StatList watching, StatList tls) {
  out.add("hash_power_level", power_level(store.index_slots))
      .add("hash_bytes", store.index_bytes)
      .add("hash_is_expanding", store.index_growing ? 1 : 0)
      .zeros({"slab_reassign_rescues", "slab_reassign_chunk_rescues",
              "slab_reassign_inline_reclaim", "slab_reassign_busy_items",
              "slab_reassign_busy_deletes", "slab_reassign_busy_nomem",
              "slab_reassign_last_busy_status", "slab_reassign_running", "slabs_moved",
              "lru_crawler_running"})
      .add("lru_crawler_starts", store.sweeps)
      .zeros({"lru_maintainer_juggles", "malloc_fails"})
      .append(std::move(watching))
      .append(std::move(tls))
      .zeros({"unexpected_napi_ids", "round_robin_fallback"})
      .add("bytes", store.item_bytes)
      .add("curr_items", store.items)
      .add("total_items", store.items_stored)
      .zeros({"slab_global_page_pool"})
      .add("expired_unfetched", store.expired_unfetched)
      .add("evicted_unfetched", store.evicted_unfetched)
      .add("evicted_active", store.evicted_active)
      .add("evictions", store.evictions)
      .add("reclaimed", store.reclaimed)
      .add("crawler_reclaimed", store.reclaimed)
      .add("crawler_items_checked", store.swept_items)
      .zeros({"lrutail_reflocked"})
      .add("moves_to_cold", 0)
      .add("moves_to_warm", store.promotions)
      .add("moves_within_lru", store.reinsertions)
      .zeros({"direct_reclaims", "lru_bumps_dropped"});
}

/// What memcached has no word for.
void add_own(StatWriter& out, const Totals& totals, const store::Stats& store) {
  out.add("cocached_version", base::version())
      .add("rejected_by_address", totals[Count::refused_address])
      .add("slow_requests_closed", totals[Count::slow_request])
      .add("slow_replies_closed", totals[Count::slow_reply])
      .add("slow_handshakes_closed", totals[Count::slow_handshake])
      .add("pinning_replies_closed", totals[Count::too_much_pinned])
      .add("store_shards", store.shards)
      .add("store_memory_used", store.memory_used)
      .add("store_segment_size", store.segment_size)
      .add("store_segment_bytes", store.segment_bytes)
      .add("store_segments_small", store.segments_small)
      .add("store_segments_main", store.segments_main)
      .add("store_segments_large", store.segments_large)
      .add("store_live_bytes", store.live_bytes)
      .add("store_dead_bytes", store.dead_bytes)
      .add("store_index_bytes", store.index_bytes)
      .add("store_ghost_bytes", store.ghost_bytes)
      .add("store_hits_small", store.small_hits)
      .add("store_hits_main", store.main_hits)
      .add("store_hits_large", store.large_hits)
      .add("store_ghost_hits", store.ghost_hits)
      .add("store_promotions", store.promotions)
      .add("store_reinsertions", store.reinsertions)
      .add("store_compacted_bytes", store.compacted_bytes)
      .add("store_pins", store.pins)
      .add("store_pinned_bytes", store.pinned_bytes);
}

StatText error(std::string_view text) {
  return {StatText::Kind::error, std::string{text}};
}
StatText done(std::string_view text) {
  return {StatText::Kind::done, std::string{text}};
}
StatText lines(std::string text) {
  return {StatText::Kind::lines, std::move(text)};
}

StatList with_prefix(std::string_view prefix, StatList list) {
  for (auto& [name, value] : list) name = fmt::format("{}:{}", prefix, name);
  return list;
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

/// `ITEM <key> [<bytes> b; <unix expiry> s]` for the first `limit` items (0: all), 2 MB at most.
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
    fmt::format_to(std::back_inserter(reply), "ITEM {} [{} b; {} s]\r\n", item.key,
                   item.value.size(), expiry / std::chrono::seconds{1});
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

StatList general_stats(const ServerView& server, const store::Store& store) {
  const auto stats = store.stats();
  auto list = server.general();
  StatWriter out;
  add_commands(out, server.totals());
  out.add("limit_maxbytes", store.memory_limit());
  for (auto& field : server.limits()) out.add(field.first, field.second);
  add_store(out, stats, server.watching(), server.tls());
  add_own(out, server.totals(), stats);
  auto rest = out.take();
  list.insert(list.end(), std::move_iterator{rest.begin()}, std::move_iterator{rest.end()});
  return list;
}

StatList item_stats(const ServerView& server, const store::Store& store) {
  const auto stats = store.stats();
  const auto totals = server.totals();
  if (stats.items == 0) return {};
  StatWriter out;
  out.add("number", stats.items)
      .add("number_hot", stats.small_items)
      .add("number_warm", 0)
      .add("number_cold", stats.main_items + stats.large_items)
      .zeros({"age_hot", "age_warm"})
      .add("age", stats.oldest_age_s)
      .add("mem_requested", stats.item_bytes)
      .add("evicted", stats.evictions)
      .add("evicted_nonzero", stats.evicted_nonzero)
      .add("evicted_time", stats.evicted_age_s)
      .add("outofmemory", totals[Count::no_memory])
      .zeros({"tailrepairs"})
      .add("reclaimed", stats.reclaimed)
      .add("expired_unfetched", stats.expired_unfetched)
      .add("evicted_unfetched", stats.evicted_unfetched)
      .add("evicted_active", stats.evicted_active)
      .add("crawler_reclaimed", stats.reclaimed)
      .add("crawler_items_checked", stats.swept_items)
      .zeros({"lrutail_reflocked", "moves_to_cold"})
      .add("moves_to_warm", stats.promotions)
      .add("moves_within_lru", stats.reinsertions)
      .zeros({"direct_reclaims"})
      .add("hits_to_hot", stats.small_hits)
      .zeros({"hits_to_warm"})
      .add("hits_to_cold", stats.main_hits + stats.large_hits)
      .zeros({"hits_to_temp"});
  return with_prefix("items:1", out.take());
}

/// A chunk of the pseudo-class is a segment's byte: the finest there is.
StatList slab_stats(const ServerView& server, const store::Store& store) {
  const auto stats = store.stats();
  const auto totals = server.totals();
  const auto pages = stats.segments_small + stats.segments_main + stats.segments_large;
  StatWriter out;
  out.add("chunk_size", 1)
      .add("chunks_per_page", stats.segment_size)
      .add("total_pages", pages)
      .add("total_chunks", stats.segment_bytes)
      .add("used_chunks", stats.live_bytes)
      .add("free_chunks", stats.segment_bytes - std::min(stats.segment_bytes, stats.live_bytes))
      .zeros({"free_chunks_end"})
      .add("get_hits", totals[Count::get_hit])
      .add("cmd_set", totals[Count::set])
      .add("delete_hits", totals[Count::delete_hit])
      .add("incr_hits", totals[Count::increment_hit])
      .add("decr_hits", totals[Count::decrement_hit])
      .add("cas_hits", totals[Count::cas_hit])
      .add("cas_badval", totals[Count::cas_bad_value])
      .add("touch_hits", totals[Count::touch_hit]);
  auto list = stats.items == 0 ? StatList{} : with_prefix("1", out.take());
  list.emplace_back("active_slabs", stats.items == 0 ? "0" : "1");
  list.emplace_back("total_malloced", fmt::to_string(stats.segment_bytes));
  return list;
}

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
