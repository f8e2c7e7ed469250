// The exporter's series for LRU lists and slab classes, from the same fields that it reads. This
// store has neither; `stats` shows one class, "1", and its queues under the names of lists.
#include "http/metrics/metrics.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace cocached::http {
namespace {

using enum MetricType;

constexpr std::string_view kClass = "1";

/// A series that shows one field.
struct Metric {
  std::string_view name;
  MetricType type;
  std::string_view field;
  std::string_view help;
};

constexpr auto kSettings = std::to_array<Metric>({
    {"memcached_lru_crawler_enabled", gauge, "lru_crawler", "Whether expired items are sought."},
    {"memcached_lru_crawler_maintainer_thread", gauge, "lru_maintainer_thread",
     "Whether there is a maintenance thread."},
    {"memcached_lru_crawler_sleep", gauge, "lru_crawler_sleep", "Setting lru_crawler_sleep."},
    {"memcached_lru_crawler_to_crawl", gauge, "lru_crawler_tocrawl",
     "Setting lru_crawler_tocrawl."},
    {"memcached_lru_crawler_hot_percent", gauge, "hot_lru_pct", "Setting hot_lru_pct."},
    {"memcached_lru_crawler_warm_percent", gauge, "warm_lru_pct", "Setting warm_lru_pct."},
    {"memcached_lru_crawler_hot_max_factor", gauge, "hot_max_factor", "Setting hot_max_factor."},
    {"memcached_lru_crawler_warm_max_factor", gauge, "warm_max_factor", "Setting warm_max_factor."},
});

constexpr auto kCrawler = std::to_array<Metric>({
    {"memcached_lru_crawler_starts_total", counter, "lru_crawler_starts", "Sweeps for expiry."},
    {"memcached_lru_crawler_reclaimed_total", counter, "crawler_reclaimed",
     "Expired items reclaimed."},
    {"memcached_lru_crawler_items_checked_total", counter, "crawler_items_checked",
     "Items looked at by sweeps."},
    {"memcached_lru_crawler_moves_to_cold_total", counter, "moves_to_cold",
     "Items moved to the cold list."},
    {"memcached_lru_crawler_moves_to_warm_total", counter, "moves_to_warm",
     "Items moved to the main queue."},
    {"memcached_lru_crawler_moves_within_lru_total", counter, "moves_within_lru",
     "Items kept by the main queue for another round."},
});

constexpr auto kItems = std::to_array<Metric>({
    {"memcached_slab_current_items", gauge, "number", "Items held."},
    {"memcached_slab_items_age_seconds", gauge, "age", "Age of the oldest items."},
    {"memcached_slab_hot_items", gauge, "number_hot", "Items in the small queue."},
    {"memcached_slab_warm_items", gauge, "number_warm", "Items in the warm list."},
    {"memcached_slab_cold_items", gauge, "number_cold", "Items in the main queue."},
    {"memcached_slab_temporary_items", gauge, "number_temp", "Items in the temporary list."},
    {"memcached_slab_hot_age_seconds", gauge, "age_hot", "Age of the oldest hot items."},
    {"memcached_slab_warm_age_seconds", gauge, "age_warm", "Age of the oldest warm items."},
    {"memcached_slab_items_crawler_reclaimed_total", counter, "crawler_reclaimed",
     "Expired items reclaimed by sweeps."},
    {"memcached_slab_items_evicted_total", counter, "evicted", "Live items dropped for room."},
    {"memcached_slab_items_evicted_nonzero_total", counter, "evicted_nonzero",
     "Evicted items that had a time to live."},
    {"memcached_slab_items_evicted_time_seconds", counter, "evicted_time",
     "Seconds from last access to eviction, of the latest eviction."},
    {"memcached_slab_items_evicted_unfetched_total", counter, "evicted_unfetched",
     "Evicted items that were never read."},
    {"memcached_slab_items_expired_unfetched_total", counter, "expired_unfetched",
     "Expired items that were never read."},
    {"memcached_slab_items_outofmemory_total", counter, "outofmemory",
     "Writes refused for want of memory."},
    {"memcached_slab_items_reclaimed_total", counter, "reclaimed",
     "Expired items whose memory was taken back."},
    {"memcached_slab_items_tailrepairs_total", counter, "tailrepairs", "Repairs of lists."},
    {"memcached_slab_items_moves_to_cold", counter, "moves_to_cold",
     "Items moved to the cold list."},
    {"memcached_slab_items_moves_to_warm", counter, "moves_to_warm",
     "Items moved to the main queue."},
    {"memcached_slab_items_moves_within_lru", counter, "moves_within_lru",
     "Items kept by the main queue for another round."},
    {"memcached_slab_mem_requested_bytes", counter, "mem_requested", "Bytes of all items."},
});

constexpr auto kSlabs = std::to_array<Metric>({
    {"memcached_slab_chunk_size_bytes", gauge, "chunk_size", "Size of a chunk."},
    {"memcached_slab_chunks_per_page", gauge, "chunks_per_page", "Chunks of a segment."},
    {"memcached_slab_current_pages", gauge, "total_pages", "Segments in use."},
    {"memcached_slab_current_chunks", gauge, "total_chunks", "Chunks of all segments."},
    {"memcached_slab_chunks_used", gauge, "used_chunks", "Chunks that hold live items."},
    {"memcached_slab_chunks_free", gauge, "free_chunks", "Chunks that hold none."},
    {"memcached_slab_chunks_free_end", gauge, "free_chunks_end", "Chunks never used."},
});

struct HitField {
  std::string_view list;
  std::string_view field;
};

constexpr auto kHits = std::to_array<HitField>({
    {"hot", "hits_to_hot"},
    {"warm", "hits_to_warm"},
    {"cold", "hits_to_cold"},
    {"temporary", "hits_to_temp"},
});

/// Yes and no as numbers.
std::string_view as_number(std::string_view value) noexcept {
  if (value == "yes") return "1";
  return value == "no" ? "0" : value;
}

/// The fields of class 1, whose names in `list` start with `prefix`, as series with its label.
template <std::size_t size>
void add_class(Exposition& out, const command::StatList& list, std::string_view prefix,
               const std::array<Metric, size>& metrics) {
  for (const auto& metric : metrics) {
    const auto value = find(list, fmt::format("{}{}", prefix, metric.field));
    if (value.empty()) continue;
    out.family(metric.name, metric.type, metric.help);
    out.sample({{"slab", kClass}}, value);
  }
}

template <std::size_t size>
void add_fields(Exposition& out, const command::StatList& list,
                const std::array<Metric, size>& metrics) {
  for (const auto& metric : metrics) {
    const auto value = as_number(find(list, metric.field));
    if (value.empty()) continue;
    out.family(metric.name, metric.type, metric.help);
    out.sample({}, value);
  }
}

void add_hits_by_list(Exposition& out, const command::StatList& items) {
  out.family("memcached_slab_lru_hits_total", counter, "Hits, by the list of the item.");
  for (const auto& hits : kHits)
    if (const auto value = find(items, fmt::format("items:1:{}", hits.field)); !value.empty())
      out.sample({{"slab", kClass}, {"lru", hits.list}}, value);
}

void add_commands(Exposition& out, const command::Totals& totals) {
  using enum command::Count;
  out.family("memcached_slab_commands_total", counter, "Commands on items of the class.");
  const auto add = [&](std::string_view command, std::string_view status, std::uint64_t count) {
    out.sample({{"slab", kClass}, {"command", command}, {"status", status}}, count);
  };
  add("get", "hit", totals[get_hit]);
  add("delete", "hit", totals[delete_hit]);
  add("incr", "hit", totals[increment_hit]);
  add("decr", "hit", totals[decrement_hit]);
  add("cas", "hit", totals[cas_hit]);
  add("cas", "badval", totals[cas_bad_value]);
  add("touch", "hit", totals[touch_hit]);
  const auto compared = totals[cas_hit] + totals[cas_bad_value];
  add("set", "hit", totals[set] - std::min(totals[set], compared));
}

}  // namespace

void add_lru_and_slab_metrics(Exposition& out, const Snapshot& snapshot) {
  if (find(snapshot.settings, "lru_crawler") == "yes") {
    add_fields(out, snapshot.settings, kSettings);
    add_fields(out, snapshot.stats, kCrawler);
  }
  add_class(out, snapshot.items, "items:1:", kItems);
  add_class(out, snapshot.slabs, "1:", kSlabs);
  if (snapshot.items.empty()) return;  // no class, no series
  add_hits_by_list(out, snapshot.items);
  add_commands(out, snapshot.totals);
}

}  // namespace cocached::http
