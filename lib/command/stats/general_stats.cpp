#include "command/stats/general_stats.hpp"

#include "base/log.hpp"
#include "base/version.hpp"
#include "command/stats/stat_writer.hpp"

#include <algorithm>

namespace cocached::command {
namespace {

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

/// Returns the smallest power p with 2^p >= slots, which memcached shows for its hash table.
unsigned power_level(std::uint64_t slots) noexcept {
  unsigned power = 0;
  while ((std::uint64_t{1} << power) < slots) ++power;
  return power;
}

void add_store(StatWriter& out, const store::StoreStats& store, StatList watching, StatList tls) {
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

/// Adds the fields that memcached does not have.
void add_own(StatWriter& out, const Totals& totals, const store::StoreStats& store) {
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

StatList with_prefix(std::string_view prefix, StatList list) {
  for (auto& [name, value] : list) name = fmt::format("{}:{}", prefix, name);
  return list;
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
  out.append(server.snapshots());
  out.append(server.client_memory());
  out.add("log_lines_dropped", base::log_lines_dropped());
  auto rest = out.take();
  list.insert(list.end(), std::move_iterator{rest.begin()}, std::move_iterator{rest.end()});
  return list;
}

namespace {

/// Class 1 exists from the first item on. An empty cache keeps it, and with it the counters, so
/// that no series of a scraper ends.
bool has_class(const store::StoreStats& stats) noexcept {
  return stats.items > 0 || stats.items_stored > 0;
}

}  // namespace

StatList item_stats(const ServerView& server, const store::Store& store) {
  const auto stats = store.stats();
  const auto totals = server.totals();
  if (!has_class(stats)) return {};
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

/// A chunk of class 1 is one byte of a segment, the finest unit there is. Segments may be larger or
/// smaller than a page, so the pages are the memory of all segments, rounded up.
StatList slab_stats(const ServerView& server, const store::Store& store) {
  const auto stats = store.stats();
  const auto totals = server.totals();
  const auto page = std::max<std::uint64_t>(stats.segment_size, 1);
  const auto pages = (stats.segment_bytes + page - 1) / page;
  const auto chunks = pages * page;
  const auto used = std::min(stats.live_bytes, chunks);
  StatWriter out;
  out.add("chunk_size", 1)
      .add("chunks_per_page", page)
      .add("total_pages", pages)
      .add("total_chunks", chunks)
      .add("used_chunks", used)
      .add("free_chunks", chunks - used)
      .zeros({"free_chunks_end"})
      .add("get_hits", totals[Count::get_hit])
      .add("cmd_set", totals[Count::set])
      .add("delete_hits", totals[Count::delete_hit])
      .add("incr_hits", totals[Count::increment_hit])
      .add("decr_hits", totals[Count::decrement_hit])
      .add("cas_hits", totals[Count::cas_hit])
      .add("cas_badval", totals[Count::cas_bad_value])
      .add("touch_hits", totals[Count::touch_hit]);
  auto list = has_class(stats) ? with_prefix("1", out.take()) : StatList{};
  list.emplace_back("active_slabs", has_class(stats) ? "1" : "0");
  list.emplace_back("total_malloced", fmt::to_string(chunks));
  return list;
}

}  // namespace cocached::command
