#include "command/stats/insight_stats.hpp"

#include "protocol/percent_encoding.hpp"
#include "protocol/reply_texts.hpp"

#include <fmt/format.h>

namespace cocached::command {
namespace {

struct Percentile {
  std::string_view name;
  double share;
};

constexpr auto kPercentiles = std::to_array<Percentile>(
    {{"p50_us", 0.5}, {"p90_us", 0.9}, {"p99_us", 0.99}, {"p999_us", 0.999}, {"max_us", 1}});

std::string microseconds(double nanoseconds) {
  return fmt::format("{:.3f}", nanoseconds / 1000);
}

void add_family(StatList& list, std::string_view family, const insight::LatencyTotals& totals) {
  const auto add = [&](std::string_view name, std::string value) {
    list.emplace_back(fmt::format("{}:{}", family, name), std::move(value));
  };
  add("count", fmt::to_string(totals.count()));
  add("mean_us", microseconds(totals.mean()));
  for (const auto& [name, share] : kPercentiles) add(name, microseconds(totals.quantile(share)));
}

void add_keys(StatList& list, std::string_view order, const std::vector<insight::HotKey>& keys) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto add = [&](std::string_view name, std::string value) {
      list.emplace_back(fmt::format("{}:{}:{}", order, i + 1, name), std::move(value));
    };
    // A key may hold any byte; printable() keeps it within its line.
    add("key", protocol::printable(keys[i].key));
    add("operations", fmt::to_string(keys[i].operations));
    add("bytes", fmt::to_string(keys[i].bytes));
  }
}

}  // namespace

StatReport hot_key_stats(const ServerView& server) {
  const auto keys = server.hot_keys();
  if (!keys) return StatText{StatText::Kind::error, std::string{protocol::text::kHotKeysForbidden}};
  StatList list{{"seconds", fmt::to_string(keys->window / std::chrono::seconds{1})},
                {"operations", fmt::to_string(keys->operations)},
                {"bytes", fmt::to_string(keys->bytes)}};
  add_keys(list, "operations", keys->by_operations);
  add_keys(list, "bytes", keys->by_bytes);
  return list;
}

StatList miss_ratio_stats(const ServerView& server) {
  const auto curve = server.miss_ratio_curve();
  StatList list{{"sampling_rate", fmt::format("{:.6f}", curve.sampling_rate)},
                {"keys", fmt::to_string(curve.keys)},
                {"gets", fmt::to_string(curve.gets)},
                {"measured_hit_ratio", fmt::format("{:.4f}", curve.measured_hit_ratio)}};
  for (const auto& [scale, bytes, hit_ratio] : curve.points) {
    list.emplace_back(fmt::format("{}x:limit_bytes", scale), fmt::to_string(bytes));
    list.emplace_back(fmt::format("{}x:hit_ratio", scale), fmt::format("{:.4f}", hit_ratio));
  }
  return list;
}

StatList latency_stats(const ServerView& server) {
  const auto latencies = server.latencies();
  StatList list;
  for (const auto family : insight::kAllFamilies)
    add_family(list, name_of(family), latencies[family]);
  return list;
}

}  // namespace cocached::command
