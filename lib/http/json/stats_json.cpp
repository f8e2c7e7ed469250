#include "http/json/stats_json.hpp"

#include <charconv>

#include <nlohmann/json.hpp>

namespace cocached::http {
namespace {

using Json = nlohmann::ordered_json;

template <class Number>
bool read_number(std::string_view text, Number& number) noexcept {
  const auto* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  return error == std::errc{} && end == last;
}

Json to_json(const std::string& text) {
  if (std::int64_t number = 0; read_number(text, number)) return number;
  if (std::uint64_t number = 0; read_number(text, number)) return number;
  if (double number = 0; text.find('.') != text.npos && read_number(text, number)) return number;
  return text;
}

Json to_json(const command::StatList& list) {
  auto object = Json::object();
  for (const auto& [name, value] : list) object[name] = to_json(value);
  return object;
}

Json to_json(const store::StoreStats& stats) {
  return {
      {"memory",
       {{"limit", stats.memory_limit},
        {"used", stats.memory_used},
        {"segments", stats.segment_bytes},
        {"live", stats.live_bytes},
        {"dead", stats.dead_bytes},
        {"index", stats.index_bytes},
        {"ghost", stats.ghost_bytes},
        {"pinned", stats.pinned_bytes}}},
      {"queues",
       {{"small",
         {{"segments", stats.segments_small},
          {"items", stats.small_items},
          {"hits", stats.small_hits}}},
        {"main",
         {{"segments", stats.segments_main},
          {"items", stats.main_items},
          {"hits", stats.main_hits}}},
        {"large",
         {{"segments", stats.segments_large},
          {"items", stats.large_items},
          {"hits", stats.large_hits}}}}},
      {"eviction",
       {{"evictions", stats.evictions},
        {"ghost_hits", stats.ghost_hits},
        {"promotions", stats.promotions},
        {"reinsertions", stats.reinsertions},
        {"compacted_bytes", stats.compacted_bytes}}},
      {"expiry",
       {{"reclaimed", stats.reclaimed},
        {"sweeps", stats.sweeps},
        {"swept_items", stats.swept_items}}},
      {"pins", stats.pins},
      {"segment_size", stats.segment_size},
      {"oldest_age_seconds", stats.oldest_age_s},
      {"shards", stats.shards},
  };
}

Json to_json(const std::vector<command::Totals>& threads) {
  using enum command::Count;
  auto array = Json::array();
  for (const auto& totals : threads)
    array.push_back({{"connections", totals.connections()},
                     {"get", totals[get]},
                     {"set", totals[set]},
                     {"bytes_read", totals[bytes_read]},
                     {"bytes_written", totals[bytes_written]}});
  return array;
}

Json to_json(const std::vector<store::NamespaceStats>& spaces) {
  auto object = Json::object();
  for (const auto& space : spaces)
    object[space.name] = {{"generation", space.generation}, {"quota", space.quota},
                          {"items", space.items},           {"bytes", space.bytes},
                          {"counted", space.complete},      {"cmd_get", space.gets},
                          {"get_hits", space.hits},         {"cmd_set", space.sets},
                          {"cmd_delete", space.deletes},    {"evictions", space.evictions}};
  return object;
}

Json to_json(const Traffic& traffic) {
  auto answers = Json::object();
  for (const auto& [status, count] : traffic.answers) answers[std::to_string(status)] = count;
  return {{"connections", traffic.open},    {"accepted", traffic.accepted},
          {"gave_way", traffic.gave_way},   {"refused", traffic.refused},
          {"shortages", traffic.shortages}, {"answers", std::move(answers)}};
}

/// Nanoseconds as seconds.
double seconds(double nanoseconds) noexcept {
  return nanoseconds / 1e9;
}

Json to_json(const insight::LatencyTotals& totals) {
  return {{"count", totals.count()},
          {"sum", seconds(static_cast<double>(totals.time()))},
          {"mean", seconds(totals.mean())},
          {"p50", seconds(totals.quantile(0.5))},
          {"p90", seconds(totals.quantile(0.9))},
          {"p99", seconds(totals.quantile(0.99))},
          {"p999", seconds(totals.quantile(0.999))},
          {"max", seconds(totals.quantile(1))}};
}

Json to_json(const insight::Latencies& latencies) {
  auto object = Json::object();
  for (const auto family : insight::kAllFamilies)
    object[std::string{name_of(family)}] = to_json(latencies[family]);
  return object;
}

}  // namespace

std::string stats_json(const Snapshot& snapshot) {
  const Json document{
      {"stats", to_json(snapshot.stats)},           {"settings", to_json(snapshot.settings)},
      {"store", to_json(snapshot.store)},           {"latency", to_json(snapshot.latencies)},
      {"threads", to_json(snapshot.threads)},       {"namespace_count", snapshot.namespace_count},
      {"namespaces", to_json(snapshot.namespaces)}, {"http", to_json(snapshot.http)}};
  // A file name in the settings need not be UTF-8; JSON must be.
  return document.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace cocached::http
