// The exporter's series for LRU lists and slab classes. This store has neither: its settings and
// queues stand in for them where they mean the same, and all items are of one class, "1", so that
// sums over classes stay right.
#include "http/metrics.hpp"

#include <algorithm>
#include <array>

namespace cocached::http {
namespace {

using enum MetricType;
using store::Stats;

constexpr std::string_view kClass = "1";

/// A setting as the exporter shows it: yes and no as 1 and 0.
struct Setting {
  std::string_view name;
  std::string_view field;
  std::string_view help;
};

constexpr auto kSettings = std::to_array<Setting>({
    {"memcached_lru_crawler_enabled", "lru_crawler", "Whether expired items are searched for."},
    {"memcached_lru_crawler_maintainer_thread", "lru_maintainer_thread",
     "Whether there is a maintenance thread."},
    {"memcached_lru_crawler_sleep", "lru_crawler_sleep", "Setting lru_crawler_sleep."},
    {"memcached_lru_crawler_to_crawl", "lru_crawler_tocrawl", "Setting lru_crawler_tocrawl."},
    {"memcached_lru_crawler_hot_percent", "hot_lru_pct", "Setting hot_lru_pct."},
    {"memcached_lru_crawler_warm_percent", "warm_lru_pct", "Setting warm_lru_pct."},
    {"memcached_lru_crawler_hot_max_factor", "hot_max_factor", "Setting hot_max_factor."},
    {"memcached_lru_crawler_warm_max_factor", "warm_max_factor", "Setting warm_max_factor."},
});

/// A series that shows one figure of the store.
struct StoreMetric {
  std::string_view name;
  MetricType type;
  std::uint64_t (*value)(const Stats&);
  std::string_view help;
};

std::uint64_t none(const Stats&) noexcept {
  return 0;
}

constexpr auto kCrawler = std::to_array<StoreMetric>({
    {"memcached_lru_crawler_starts_total", counter, [](const Stats& s) { return s.sweeps; },
     "Sweeps for expired items."},
    {"memcached_lru_crawler_reclaimed_total", counter, [](const Stats& s) { return s.reclaimed; },
     "Expired items reclaimed."},
    {"memcached_lru_crawler_items_checked_total", counter,
     [](const Stats& s) { return s.swept_items; }, "Items looked at by sweeps."},
    {"memcached_lru_crawler_moves_to_cold_total", counter, none, "There is no cold list."},
    {"memcached_lru_crawler_moves_to_warm_total", counter,
     [](const Stats& s) { return s.promotions; }, "Items moved to the main queue."},
    {"memcached_lru_crawler_moves_within_lru_total", counter,
     [](const Stats& s) { return s.reinsertions; }, "Items kept by the main queue."},
});

constexpr auto kSlab = std::to_array<StoreMetric>({
    {"memcached_slab_current_items", gauge, [](const Stats& s) { return s.items; }, "Items held."},
    {"memcached_slab_items_age_seconds", gauge, [](const Stats& s) { return s.oldest_age_s; },
     "Age of the oldest items."},
    {"memcached_slab_hot_items", gauge, [](const Stats& s) { return s.small_items; },
     "Items in the small queue."},
    {"memcached_slab_warm_items", gauge, [](const Stats& s) { return s.main_items; },
     "Items in the main queue."},
    {"memcached_slab_cold_items", gauge, [](const Stats& s) { return s.large_items; },
     "Items in segments of their own."},
    {"memcached_slab_temporary_items", gauge, none, "There is no temporary list."},
    {"memcached_slab_hot_age_seconds", gauge, none, "Not measured."},
    {"memcached_slab_warm_age_seconds", gauge, [](const Stats& s) { return s.oldest_age_s; },
     "Age of the oldest items in the main queue."},
    {"memcached_slab_items_crawler_reclaimed_total", counter,
     [](const Stats& s) { return s.reclaimed; }, "Expired items reclaimed."},
    {"memcached_slab_items_evicted_total", counter, [](const Stats& s) { return s.evictions; },
     "Live items dropped for room."},
    {"memcached_slab_items_evicted_nonzero_total", counter,
     [](const Stats& s) { return s.evicted_nonzero; }, "Of them, items with a time to live."},
    {"memcached_slab_items_evicted_time_seconds", counter,
     [](const Stats& s) { return s.evicted_age_s; },
     "Seconds between last access and eviction, of the latest eviction."},
    {"memcached_slab_items_evicted_unfetched_total", counter,
     [](const Stats& s) { return s.evicted_unfetched; }, "Evicted items that were never read."},
    {"memcached_slab_items_expired_unfetched_total", counter,
     [](const Stats& s) { return s.expired_unfetched; }, "Expired items that were never read."},
    {"memcached_slab_items_outofmemory_total", counter, [](const Stats& s) { return s.no_memory; },
     "Writes refused for want of memory."},
    {"memcached_slab_items_reclaimed_total", counter, [](const Stats& s) { return s.reclaimed; },
     "Expired items whose memory was taken back."},
    {"memcached_slab_items_tailrepairs_total", counter, none, "There is nothing to repair."},
    {"memcached_slab_items_moves_to_cold", counter, none, "There is no cold list."},
    {"memcached_slab_items_moves_to_warm", counter, [](const Stats& s) { return s.promotions; },
     "Items moved to the main queue."},
    {"memcached_slab_items_moves_within_lru", counter,
     [](const Stats& s) { return s.reinsertions; }, "Items kept by the main queue."},
    {"memcached_slab_mem_requested_bytes", counter, [](const Stats& s) { return s.item_bytes; },
     "Bytes of all items."},
    // Chunks of one byte, pages of one segment.
    {"memcached_slab_chunk_size_bytes", gauge, [](const Stats&) { return std::uint64_t{1}; },
     "Memory is counted in bytes."},
    {"memcached_slab_chunks_per_page", gauge, [](const Stats& s) { return s.segment_size; },
     "Bytes of a segment."},
    {"memcached_slab_current_pages", gauge,
     [](const Stats& s) { return s.segments_small + s.segments_main + s.segments_large; },
     "Segments in use."},
    {"memcached_slab_current_chunks", gauge, [](const Stats& s) { return s.segment_bytes; },
     "Bytes of all segments."},
    {"memcached_slab_chunks_used", gauge, [](const Stats& s) { return s.live_bytes; },
     "Bytes that can be read."},
    {"memcached_slab_chunks_free", gauge,
     [](const Stats& s) { return s.segment_bytes - std::min(s.segment_bytes, s.live_bytes); },
     "Bytes that are dead or not yet written."},
    {"memcached_slab_chunks_free_end", gauge, none, "Not counted apart."},
});

void add_store_series(Exposition& out, const StoreMetric& metric, const Stats& stats,
                      std::initializer_list<Label> labels) {
  out.family(metric.name, metric.type, metric.help);
  out.sample(labels, metric.value(stats));
}

void add_setting(Exposition& out, const Setting& setting, const Snapshot& snapshot) {
  const auto value = find(snapshot.settings, setting.field);
  if (value.empty()) return;
  out.family(setting.name, gauge, setting.help);
  out.sample({}, value == "yes" ? "1" : value == "no" ? "0" : value);
}

void add_hits_by_list(Exposition& out, const Stats& stats) {
  out.family("memcached_slab_lru_hits_total", counter, "Hits, by the list of the item.");
  const auto add = [&](std::string_view list, std::uint64_t hits) {
    out.sample({{"slab", kClass}, {"lru", list}}, hits);
  };
  add("hot", stats.small_hits);
  add("warm", stats.main_hits);
  add("cold", stats.large_hits);
  add("temporary", 0);
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
    for (const auto& setting : kSettings) add_setting(out, setting, snapshot);
    for (const auto& metric : kCrawler) add_store_series(out, metric, snapshot.store, {});
  }
  for (const auto& metric : kSlab)
    add_store_series(out, metric, snapshot.store, {{"slab", kClass}});
  add_hits_by_list(out, snapshot.store);
  add_commands(out, snapshot.totals);
}

}  // namespace cocached::http
