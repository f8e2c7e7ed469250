#include "server/snapshot_figures.hpp"

#include <fmt/format.h>

namespace cocached::server {

double SnapshotFigures::progress() const noexcept {
  if (!loading || file_bytes == 0) return 1;
  return static_cast<double>(loaded_bytes) / static_cast<double>(file_bytes);
}

command::StatList snapshot_stats(const SnapshotFigures& figures) {
  if (!figures.enabled) return {};
  const auto number = [](auto value) { return fmt::to_string(value); };
  const auto last = std::chrono::floor<std::chrono::seconds>(figures.last_success);
  return {{"snapshot_interval", number(figures.interval.count())},
          {"snapshot_loading", figures.loading ? "1" : "0"},
          {"snapshot_loaded_percent", number(static_cast<int>(100 * figures.progress()))},
          {"snapshot_loaded_items", number(figures.loaded_items)},
          {"snapshot_saving", figures.saving ? "1" : "0"},
          {"snapshot_saves", number(figures.saves)},
          {"snapshot_failures", number(figures.failures)},
          {"snapshot_failing", figures.failing ? "1" : "0"},
          {"snapshot_last_success", number(last.time_since_epoch().count())},
          {"snapshot_last_seconds",
           fmt::format("{:.3f}", static_cast<double>(figures.last_duration.count()) / 1000)},
          {"snapshot_last_bytes", number(figures.last_bytes)},
          {"snapshot_last_items", number(figures.last_items)}};
}

}  // namespace cocached::server
