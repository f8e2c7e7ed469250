#pragma once

#include "command/counters.hpp"
#include "command/server_view.hpp"
#include "insight/latency.hpp"
#include "insight/reports.hpp"
#include "store/namespace_table.hpp"
#include "store/stats.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace cocached::http {

/// The server's figures at one moment.
struct Snapshot {
  command::StatList stats;               ///< all of `stats`
  command::StatList settings;            ///< all of `stats settings`
  command::StatList items;               ///< all of `stats items`: one class, "1", or none
  command::StatList slabs;               ///< all of `stats slabs`
  command::Totals totals;                ///< summed over the workers
  insight::Latencies latencies;          ///< summed likewise
  insight::MissRatioCurve miss_ratio;    ///< what other memory limits would bring
  store::Stats store;                    ///< summed over the shards
  std::vector<command::Totals> threads;  ///< of each worker
  std::vector<store::NamespaceStats> namespaces{};  ///< those that hold most bytes
};

/// Where the endpoint gets its figures. Called on its thread, once for each answer.
class Source {
 public:
  virtual ~Source() = default;
  virtual Snapshot snapshot() const = 0;

  /// Told to stop: no new clients are taken, those who are here get what they are owed. Any thread.
  virtual bool draining() const noexcept = 0;
  virtual std::optional<insight::HotKeys> hot_keys() const = 0;  ///< nothing: they are off
  virtual insight::MissRatioCurve miss_ratio_curve() const = 0;
};

/// The value called `name`; empty if there is none.
std::string_view find(const command::StatList& list, std::string_view name) noexcept;

}  // namespace cocached::http
