// Figures that this server has and memcached does not.
#include "base/version.hpp"
#include "http/metrics/metrics.hpp"
#include "protocol/percent_encoding.hpp"

#include <array>
#include <fstream>
#include <unistd.h>

#include <fmt/format.h>

namespace cocached::http {
namespace {

using enum MetricType;
using store::StoreStats;

/// One sample of a family that has one label.
struct Part {
  std::string_view label;
  std::uint64_t StoreStats::* value;
};

template <std::size_t size>
void add_parts(Exposition& out, std::string_view label, const StoreStats& stats,
               const std::array<Part, size>& parts) {
  for (const auto& part : parts) out.sample({{label, part.label}}, stats.*part.value);
}

void add_memory(Exposition& out, const StoreStats& stats) {
  out.family("cocached_memory_limit_bytes", gauge, "The budget of items, index and metadata.");
  out.sample({}, stats.memory_limit);
  out.family("cocached_memory_used_bytes", gauge, "What of the budget is taken.");
  out.sample({}, stats.memory_used);
  out.family("cocached_memory_bytes", gauge, "Memory by part.");
  add_parts(out, "part", stats,
            std::to_array<Part>({{"live", &StoreStats::live_bytes},
                                 {"dead", &StoreStats::dead_bytes},
                                 {"index", &StoreStats::index_bytes},
                                 {"ghost", &StoreStats::ghost_bytes},
                                 {"pinned", &StoreStats::pinned_bytes}}));
  out.family("cocached_pins", gauge, "Readers that point into segments now.");
  out.sample({}, stats.pins);
  out.family("cocached_index_slots", gauge, "Room in the index.");
  out.sample({}, stats.index_slots);
}

void add_queues(Exposition& out, const StoreStats& stats) {
  out.family("cocached_segments", gauge, "Segments by queue.");
  add_parts(out, "queue", stats,
            std::to_array<Part>({{"small", &StoreStats::segments_small},
                                 {"main", &StoreStats::segments_main},
                                 {"large", &StoreStats::segments_large}}));
  out.family("cocached_queue_items", gauge, "Items by queue.");
  add_parts(out, "queue", stats,
            std::to_array<Part>({{"small", &StoreStats::small_items},
                                 {"main", &StoreStats::main_items},
                                 {"large", &StoreStats::large_items}}));
  out.family("cocached_queue_hits_total", counter, "Hits by queue.");
  add_parts(out, "queue", stats,
            std::to_array<Part>({{"small", &StoreStats::small_hits},
                                 {"main", &StoreStats::main_hits},
                                 {"large", &StoreStats::large_hits}}));
}

void add_eviction(Exposition& out, const StoreStats& stats) {
  const auto add = [&](std::string_view name, std::uint64_t value, std::string_view help) {
    out.family(name, counter, help);
    out.sample({}, value);
  };
  add("cocached_ghost_hits_total", stats.ghost_hits, "Items stored again soon after eviction.");
  add("cocached_promotions_total", stats.promotions, "Items moved from small to main queue.");
  add("cocached_reinsertions_total", stats.reinsertions, "Items kept by the main queue.");
  add("cocached_compacted_bytes_total", stats.compacted_bytes, "Bytes copied by compaction.");
  add("cocached_sweeps_total", stats.sweeps, "Sweeps for expired items.");
}

/// One sample of a family that counts what happened to connections, by reason.
struct Reason {
  std::string_view name;
  command::Count count;
};

template <std::size_t size>
void add_reasons(Exposition& out, const command::Totals& totals,
                 const std::array<Reason, size>& reasons) {
  for (const auto& [name, count] : reasons) out.sample({{"reason", name}}, totals[count]);
}

void add_connections(Exposition& out, const command::Totals& totals) {
  using enum command::Count;
  out.family("cocached_connections_refused_total", counter,
             "Connections turned away, or left waiting for want of descriptors, by reason.");
  add_reasons(out, totals,
              std::array{Reason{"limit", connection_rejected}, Reason{"address", refused_address},
                         Reason{"descriptors", refused_descriptors}});
  out.family("cocached_connections_closed_total", counter,
             "Connections that the server has broken off, by reason.");
  add_reasons(out, totals,
              std::array{Reason{"idle", idle_kick}, Reason{"request", slow_request},
                         Reason{"reply", slow_reply}, Reason{"handshake", slow_handshake},
                         Reason{"pinned", too_much_pinned}, Reason{"buffers", no_buffers}});
  out.family("cocached_tls_handshakes_total", counter, "TLS handshakes by result.");
  out.sample({{"result", "full"}}, totals[tls_new_session]);
  out.sample({{"result", "resumed"}}, totals[tls_resumed_session]);
  out.sample({{"result", "failed"}}, totals[tls_handshake_error] + totals[slow_handshake]);
}

void add_http(Exposition& out, const Traffic& traffic) {
  out.family("cocached_http_connections", gauge, "Open connections of the HTTP endpoint.");
  out.sample({}, traffic.open);
  out.family("cocached_http_connections_total", counter, "Connections that it has accepted.");
  out.sample({}, traffic.accepted);
  out.family("cocached_http_connections_refused_total", counter,
             "Connections to it that were turned away or closed to make room, or left waiting for "
             "want of descriptors or memory, by reason.");
  out.sample({{"reason", "limit"}}, traffic.refused);
  out.sample({{"reason", "gave_way"}}, traffic.gave_way);
  out.sample({{"reason", "shortage"}}, traffic.shortages);
  out.family("cocached_http_answers_total", counter, "Its answers, by status.");
  for (const auto& [status, count] : traffic.answers)
    out.sample({{"status", fmt::to_string(status)}}, count);
}

void add_threads(Exposition& out, const Snapshot& snapshot) {
  using enum command::Count;
  out.family("cocached_thread_connections", gauge, "Open connections by worker thread.");
  for (std::size_t i = 0; i < snapshot.threads.size(); ++i)
    out.sample({{"thread", fmt::to_string(i)}}, snapshot.threads[i].connections());
  out.family("cocached_thread_read_bytes_total", counter, "Bytes received by worker thread.");
  for (std::size_t i = 0; i < snapshot.threads.size(); ++i)
    out.sample({{"thread", fmt::to_string(i)}}, snapshot.threads[i][bytes_read]);
}

/// A name is any bytes, a label is UTF-8.
void add_namespaces(Exposition& out, const Snapshot& snapshot) {
  out.family("cocached_namespaces", gauge, "Namespaces, whether or not they are named here.");
  out.sample({}, snapshot.namespace_count);
  const auto& spaces = snapshot.namespaces;
  if (spaces.empty()) return;
  using Space = store::NamespaceStats;
  const auto add = [&](std::string_view name, MetricType type, std::uint64_t Space::* field,
                       std::string_view help) {
    out.family(name, type, help);
    for (const auto& space : spaces)
      out.sample({{"namespace", protocol::printable(space.name)}}, space.*field);
  };
  add("cocached_namespace_items", gauge, &Space::items, "Items of the largest namespaces.");
  add("cocached_namespace_bytes", gauge, &Space::bytes, "Bytes of their keys, values, headers.");
  add("cocached_namespace_quota_bytes", gauge, &Space::quota, "Their bounds; 0: none.");
  add("cocached_namespace_flushes_total", counter, &Space::generation, "Their flushes.");
  add("cocached_namespace_gets_total", counter, &Space::gets, "Gets in them.");
  add("cocached_namespace_hits_total", counter, &Space::hits, "Gets of them that hit.");
  add("cocached_namespace_sets_total", counter, &Space::sets, "Sets in them.");
  add("cocached_namespace_deletes_total", counter, &Space::deletes, "Deletes in them.");
  add("cocached_namespace_evictions_total", counter, &Space::evictions, "Evictions in them.");
}

/// Written to the microsecond, which is what a timer is good for.
void add_loop_lags(Exposition& out, const Snapshot& snapshot) {
  out.family("cocached_thread_loop_lag_seconds", gauge,
             "How late the worker thread was for its last timer, which it has each second.");
  for (std::size_t i = 0; i < snapshot.loop_lags.size(); ++i)
    out.sample({{"thread", fmt::to_string(i)}},
               fmt::format("{:.6f}", snapshot.loop_lags[i].count()));
}

void add_buffers(Exposition& out, const Snapshot& snapshot) {
  const auto bytes = find(snapshot.stats, "read_buf_bytes");
  if (bytes.empty()) return;
  out.family("cocached_buffer_bytes", gauge,
             "Memory of the connections' buffers, within a second.");
  out.sample({}, std::string{bytes});
}

/// None where the server keeps no snapshot.
void add_snapshots(Exposition& out, const Snapshot& snapshot) {
  struct Field {
    std::string_view name;
    MetricType type;
    std::string_view field;
    std::string_view help;
  };
  static constexpr auto kFields = std::to_array<Field>({
      {"cocached_snapshot_interval_seconds", gauge, "snapshot_interval",
       "Time between snapshots; 0: one at the end."},
      {"cocached_snapshot_loading", gauge, "snapshot_loading",
       "Whether the snapshot of before is being loaded."},
      {"cocached_snapshot_loaded_items", gauge, "snapshot_loaded_items",
       "Items loaded at the start."},
      {"cocached_snapshot_saves_total", counter, "snapshot_saves", "Snapshots saved."},
      {"cocached_snapshot_failures_total", counter, "snapshot_failures",
       "Snapshots, or later changes to them, that could not be saved."},
      {"cocached_snapshot_failing", gauge, "snapshot_failing",
       "Whether the last attempt to save failed."},
      {"cocached_snapshot_last_success_timestamp_seconds", gauge, "snapshot_last_success",
       "When the snapshot on the disk was made, in Unix seconds; 0: there is none."},
      {"cocached_snapshot_last_duration_seconds", gauge, "snapshot_last_seconds",
       "What the last save took."},
      {"cocached_snapshot_last_bytes", gauge, "snapshot_last_bytes", "Size of the snapshot."},
      {"cocached_snapshot_last_items", gauge, "snapshot_last_items", "Items in the snapshot."},
  });
  for (const auto& metric : kFields) {
    const auto value = find(snapshot.stats, metric.field);
    if (value.empty()) continue;
    out.family(metric.name, metric.type, metric.help);
    out.sample({}, value);
  }
}

void add_client_memory(Exposition& out, const Snapshot& snapshot) {
  const auto add = [&](std::string_view field, std::string_view name, MetricType type,
                       std::string_view help) {
    const auto value = find(snapshot.stats, field);
    if (value.empty()) return;
    out.family(name, type, help);
    out.sample({}, std::string{value});
  };
  add("client_memory", "cocached_client_memory_bytes", gauge,
      "Memory that clients make the server hold: buffers, values on their way, unread replies.");
  add("client_memory_limit", "cocached_client_memory_limit_bytes", gauge, "Its limit; 0: none.");
  add("client_memory_refused", "cocached_client_memory_refused_total", counter,
      "How often a client was refused memory.");
}

void add_log(Exposition& out, const Snapshot& snapshot) {
  const auto dropped = find(snapshot.stats, "log_lines_dropped");
  if (dropped.empty()) return;
  out.family("cocached_log_lines_dropped_total", counter,
             "Lines of the log that were not written: over their limit, or nobody read stderr.");
  out.sample({}, std::string{dropped});
}

/// The ends of the histogram's buckets: each power of two from a microsecond to 17 s, for there the
/// server's finer buckets add up exactly.
constexpr unsigned kFirstBucket = 10;
constexpr unsigned kLastBucket = 34;

void add_latency(Exposition& out, std::string_view command, const insight::LatencyTotals& totals) {
  for (unsigned power = kFirstBucket; power <= kLastBucket; ++power) {
    const auto end = std::uint64_t{1} << power;
    out.sample("_bucket",
               {{"command", command}, {"le", fmt::to_string(static_cast<double>(end) / 1e9)}},
               fmt::to_string(totals.below(end)));
  }
  const auto count = fmt::to_string(totals.count());
  out.sample("_bucket", {{"command", command}, {"le", "+Inf"}}, count);
  out.sample("_sum", {{"command", command}},
             fmt::format("{:.9f}", static_cast<double>(totals.time()) / 1e9));
  out.sample("_count", {{"command", command}}, count);
}

void add_latencies(Exposition& out, const insight::Latencies& latencies) {
  out.family("cocached_command_duration_seconds", histogram,
             "Server time from a command read to its reply sent, by what it does.");
  for (const auto family : insight::kAllFamilies)
    add_latency(out, name_of(family), latencies[family]);
}

void add_miss_ratio(Exposition& out, const insight::MissRatioCurve& curve) {
  out.family("cocached_predicted_hit_ratio", gauge,
             "Share of gets that would have hit with a multiple of the memory limit.");
  for (const auto& point : curve.points)
    out.sample({{"scale", fmt::to_string(point.scale)}}, fmt::format("{:.6f}", point.hit_ratio));
}

/// Resident pages, from the second field of /proc/self/statm; 0 where there is none.
std::uint64_t resident_bytes() {
  std::ifstream file{"/proc/self/statm"};
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

void add_own_metrics(Exposition& out, const Snapshot& snapshot) {
  out.family("memcached_process_resident_memory_bytes", gauge, "Resident memory of the process.");
  out.sample({}, resident_bytes());
  out.family("cocached_build_info", gauge, "The build, as labels.");
  out.sample({{"version", base::version()}, {"compiler", __VERSION__}}, 1);
  add_memory(out, snapshot.store);
  add_queues(out, snapshot.store);
  add_eviction(out, snapshot.store);
  add_connections(out, snapshot.totals);
  add_http(out, snapshot.http);
  add_threads(out, snapshot);
  add_namespaces(out, snapshot);
  add_loop_lags(out, snapshot);
  add_buffers(out, snapshot);
  add_snapshots(out, snapshot);
  add_client_memory(out, snapshot);
  add_log(out, snapshot);
  add_latencies(out, snapshot.latencies);
  add_miss_ratio(out, snapshot.miss_ratio);
}

}  // namespace cocached::http
