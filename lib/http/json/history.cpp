#include "http/json/history.hpp"

#include <charconv>
#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

namespace cocached::http {
namespace {

using command::Count;
using insight::Family;
using store::StoreStats;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double seconds_in(const command::StatList& list, std::string_view name) noexcept {
  const auto text = find(list, name);
  double seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return seconds;
}

/// A counter's growth; since a reset, all that it shows.
template <class Number>
double growth(Number before, Number now) noexcept {
  return static_cast<double>(now < before ? now : now - before);
}

/// Three decimals, or four digits of what is small, are more than a chart can show, and half of the
/// text.
double rounded(double value) noexcept {
  const bool small = value > 0 && value < 1;
  const auto unit = std::pow(10, small ? 3 - std::floor(std::log10(value)) : 3);
  return std::round(value * unit) / unit;
}

}  // namespace

/// Two readings and the time between them.
struct History::Interval {
  const Reading& before;
  const Reading& now;
  double seconds;

  double grown(Count count) const noexcept {
    return growth(before.totals[count], now.totals[count]);
  }
  double rate(Count count) const noexcept { return grown(count) / seconds; }
  double rate(Count one, Count other) const noexcept { return rate(one) + rate(other); }
  double rate(std::uint64_t StoreStats::* counter) const noexcept {
    return growth(before.store.*counter, now.store.*counter) / seconds;
  }
  double rate(double Reading::* counter) const noexcept {
    return growth(before.*counter, now.*counter) / seconds;
  }
  double gauge(std::uint64_t StoreStats::* value) const noexcept {
    return static_cast<double>(now.store.*value);
  }
  /// In seconds; NaN where there was no such command.
  double quantile(Family family, double share) const noexcept {
    const auto& all = now.latencies[family];
    const auto& old = before.latencies[family];
    const auto latest = all.count() < old.count() ? all : all - old;
    return latest.count() == 0 ? kUnknown : latest.quantile(share) / 1e9;
  }
  /// NaN where neither grew.
  double ratio(Count part, Count rest) const noexcept {
    return grown(part) / (grown(part) + grown(rest));
  }
};

struct History::Series {
  std::string_view name;
  double (*value)(const Interval&);
};

const std::array<History::Series, History::kSeries>& History::series() noexcept {
  using enum Count;
  using I = const Interval&;
  static constexpr std::array<Series, kSeries> kAll{{
      {"get", [](I i) { return i.rate(get); }},
      {"set", [](I i) { return i.rate(set); }},
      {"delete", [](I i) { return i.rate(delete_hit, delete_miss); }},
      {"incr", [](I i) { return i.rate(increment_hit, increment_miss); }},
      {"decr", [](I i) { return i.rate(decrement_hit, decrement_miss); }},
      {"touch", [](I i) { return i.rate(touch); }},
      {"hit_ratio", [](I i) { return i.ratio(get_hit, get_miss); }},
      {"items", [](I i) { return i.gauge(&StoreStats::items); }},
      {"item_bytes", [](I i) { return i.gauge(&StoreStats::item_bytes); }},
      {"memory_used", [](I i) { return i.gauge(&StoreStats::memory_used); }},
      {"memory_limit", [](I i) { return i.gauge(&StoreStats::memory_limit); }},
      {"evictions", [](I i) { return i.rate(&StoreStats::evictions); }},
      {"ghost_hits", [](I i) { return i.rate(&StoreStats::ghost_hits); }},
      {"expired", [](I i) { return i.rate(&StoreStats::reclaimed); }},
      {"connections", [](I i) { return static_cast<double>(i.now.totals.connections()); }},
      {"connections_opened", [](I i) { return i.rate(connection_opened); }},
      {"bytes_read", [](I i) { return i.rate(bytes_read); }},
      {"bytes_written", [](I i) { return i.rate(bytes_written); }},
      {"latency_get_p50", [](I i) { return i.quantile(Family::get, 0.5); }},
      {"latency_get_p99", [](I i) { return i.quantile(Family::get, 0.99); }},
      {"latency_get_p999", [](I i) { return i.quantile(Family::get, 0.999); }},
      {"latency_set_p50", [](I i) { return i.quantile(Family::set, 0.5); }},
      {"latency_set_p99", [](I i) { return i.quantile(Family::set, 0.99); }},
      {"latency_set_p999", [](I i) { return i.quantile(Family::set, 0.999); }},
      {"cpu_user", [](I i) { return i.rate(&Reading::user_cpu_s); }},
      {"cpu_system", [](I i) { return i.rate(&Reading::system_cpu_s); }},
  }};
  return kAll;
}

History::History(const base::Clock& clock, const Options& options)
    : clock_(clock), options_(options), points_(options.points) {}

History::Reading History::read(const Snapshot& snapshot) const {
  return {.at = clock_.now(),
          .totals = snapshot.totals,
          .store = snapshot.store,
          .latencies = snapshot.latencies,
          .user_cpu_s = seconds_in(snapshot.stats, "rusage_user"),
          .system_cpu_s = seconds_in(snapshot.stats, "rusage_system")};
}

void History::record(const Snapshot& snapshot) {
  const auto now = read(snapshot);
  if (last_ && last_->at < now.at) {
    const Interval interval{*last_, now, std::chrono::duration<double>{now.at - last_->at}.count()};
    auto& point = (points_.push_back({}), points_.back());
    point.at = clock_.wall_now();
    for (std::size_t i = 0; i < kSeries; ++i)
      point.values[i] = rounded(series()[i].value(interval));
  }
  last_ = now;
}

std::string History::json() const {
  using Json = nlohmann::ordered_json;
  Json document{{"step_ms", options_.step.count()},
                {"points", options_.points},
                {"now_ms", clock_.wall_now().time_since_epoch().count()},
                {"at_ms", Json::array()},
                {"series", Json::object()}};
  for (const auto& point : points_)
    document["at_ms"].push_back(point.at.time_since_epoch().count());
  for (std::size_t i = 0; i < kSeries; ++i) {
    auto& column = document["series"][std::string{series()[i].name}] = Json::array();
    for (const auto& point : points_) column.push_back(point.values[i]);  // NaN becomes null
  }
  return document.dump();
}

}  // namespace cocached::http
