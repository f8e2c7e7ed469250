// The exporter's series for the whole server.
#include "http/metrics/metrics.hpp"

#include <algorithm>
#include <array>

namespace cocached::http {
namespace {

using enum MetricType;

/// A series that shows one field of `stats` as it is.
struct FieldMetric {
  std::string_view name;
  MetricType type;
  std::string_view field;
  std::string_view help;
};

constexpr auto kFields = std::to_array<FieldMetric>({
    {"memcached_uptime_seconds", counter, "uptime", "Seconds since the server started."},
    {"memcached_time_seconds", gauge, "time", "The server's wall clock, in Unix seconds."},
    {"memcached_process_user_cpu_seconds_total", counter, "rusage_user", "CPU time in user mode."},
    {"memcached_process_system_cpu_seconds_total", counter, "rusage_system",
     "CPU time in kernel mode."},
    {"memcached_read_bytes_total", counter, "bytes_read", "Bytes received from clients."},
    {"memcached_written_bytes_total", counter, "bytes_written", "Bytes sent to clients."},
    {"memcached_current_connections", gauge, "curr_connections", "Open connections."},
    {"memcached_max_connections", gauge, "max_connections", "Limit of open connections."},
    {"memcached_connections_total", counter, "total_connections", "Connections ever opened."},
    {"memcached_connections_rejected_total", counter, "rejected_connections",
     "Connections refused over the limit."},
    {"memcached_connections_yielded_total", counter, "conn_yields",
     "Times a connection gave way to others after its share of requests."},
    {"memcached_connections_listener_disabled_total", counter, "listen_disabled_num",
     "Times accepting was suspended over the limit."},
    {"memcached_accepting_connections", gauge, "accepting_conns",
     "Whether connections are accepted now."},
    {"memcached_current_bytes", gauge, "bytes", "Bytes of all items."},
    {"memcached_limit_bytes", gauge, "limit_maxbytes", "The memory limit."},
    {"memcached_current_items", gauge, "curr_items", "Items held."},
    {"memcached_items_total", counter, "total_items", "Items ever stored."},
    {"memcached_items_evicted_total", counter, "evictions", "Live items dropped for room."},
    {"memcached_items_reclaimed_total", counter, "reclaimed",
     "Expired items whose memory was taken back."},
    {"memcached_item_too_large_total", counter, "store_too_large",
     "Writes refused for their size."},
    {"memcached_item_no_memory_total", counter, "store_no_memory",
     "Writes refused for want of memory."},
    {"memcached_direct_reclaims_total", counter, "direct_reclaims",
     "Times a worker had to make room itself."},
});

struct CommandField {
  std::string_view command;
  std::string_view status;
  std::string_view field;
};

constexpr auto kCommands = std::to_array<CommandField>({
    {"get", "hit", "get_hits"},
    {"get", "miss", "get_misses"},
    {"delete", "hit", "delete_hits"},
    {"delete", "miss", "delete_misses"},
    {"incr", "hit", "incr_hits"},
    {"incr", "miss", "incr_misses"},
    {"decr", "hit", "decr_hits"},
    {"decr", "miss", "decr_misses"},
    {"cas", "hit", "cas_hits"},
    {"cas", "miss", "cas_misses"},
    {"cas", "badval", "cas_badval"},
    {"touch", "hit", "touch_hits"},
    {"touch", "miss", "touch_misses"},
    {"flush", "hit", "cmd_flush"},
});

/// Storage commands other than cas: the exporter's `set`.
std::uint64_t plain_sets(const command::Totals& totals) noexcept {
  using enum command::Count;
  const auto compared = totals[cas_miss] + totals[cas_hit] + totals[cas_bad_value];
  return totals[set] - std::min(totals[set], compared);
}

}  // namespace

void add_server_metrics(Exposition& out, const Snapshot& snapshot) {
  out.family("memcached_up", gauge, "Whether the figures could be read.");
  out.sample({}, 1);
  out.family("memcached_version", gauge, "The server's version, as a label.");
  out.sample({{"version", find(snapshot.stats, "version")}}, 1);

  for (const auto& metric : kFields) {
    const auto value = find(snapshot.stats, metric.field);
    if (value.empty()) continue;
    out.family(metric.name, metric.type, metric.help);
    out.sample({}, value);
  }

  out.family("memcached_malloced_bytes", gauge, "Memory taken for items.");
  out.sample({}, find(snapshot.slabs, "total_malloced"));

  out.family("memcached_commands_total", counter, "Commands, by name and outcome.");
  for (const auto& row : kCommands)
    if (const auto value = find(snapshot.stats, row.field); !value.empty())
      out.sample({{"command", row.command}, {"status", row.status}}, value);
  out.sample({{"command", "set"}, {"status", "hit"}}, plain_sets(snapshot.totals));
}

}  // namespace cocached::http
