#pragma once

#include "command/counters.hpp"
#include "command/server_view.hpp"
#include "http/traffic.hpp"
#include "insight/latency.hpp"
#include "insight/reports.hpp"
#include "store/namespaces/namespace_table.hpp"
#include "store/store_stats.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
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
  store::StoreStats store;               ///< summed over the shards
  std::vector<command::Totals> threads;  ///< of each worker
  std::vector<store::NamespaceStats> namespaces{};  ///< those that hold most bytes; none if hidden
  std::size_t namespace_count = 0;                  ///< all of them
  /// The delay of each worker's last timer: about the time that an event waits for its turn.
  std::vector<std::chrono::duration<double>> loop_lags{};
  Traffic http{};  ///< of the endpoint itself, which fills it in
};

/// Which keys are asked for.
struct KeyQuery {
  static constexpr std::size_t kMost = 1000;

  std::string prefix;
  std::size_t limit = 100;   ///< 1 to kMost
  std::uint64_t cursor = 0;  ///< where to go on: that of the page before, 0 for the first one
};

/// An item, without its value.
struct KeyInfo {
  std::string key;
  std::size_t size = 0;                     ///< of the value
  std::optional<std::chrono::seconds> ttl;  ///< nothing: it does not expire
  std::chrono::seconds idle{0};             ///< since it was stored or last read
};

/// Some of the keys, in no order. A walk from page to page meets every item that is there all the
/// while, and none twice.
struct KeyPage {
  std::vector<KeyInfo> keys;
  std::optional<std::uint64_t> next;  ///< nothing: the walk is over
};

/// The source of the endpoint's figures. The endpoint's thread calls it once for each answer.
class Source {
 public:
  virtual ~Source() = default;
  virtual Snapshot snapshot() const = 0;

  /// Told to stop: no new clients are taken, those who are here get what they are owed. Any thread.
  virtual bool draining() const noexcept = 0;

  /// The share of a snapshot that has been loaded, 0 to 1, while traffic had better wait for the
  /// rest. Nothing: it need not. Any thread.
  virtual std::optional<double> loading() const noexcept = 0;
  virtual std::optional<insight::HotKeys> hot_keys() const = 0;  ///< nothing: they are off
  virtual insight::MissRatioCurve miss_ratio_curve() const = 0;

  /// Returns why nobody may be shown a key, as the end of a sentence; empty where keys are shown.
  /// If it is not empty, `snapshot` names no namespace either, because such a name begins keys.
  virtual std::string_view why_keys_are_hidden() const noexcept = 0;

  /// About `query.limit` keys, and a few more where they were found together; fewer, or none, where
  /// a bounded part of the store held no more. Only where keys are shown.
  virtual KeyPage keys(const KeyQuery& query) const = 0;
};

/// The value called `name`; empty if there is none.
std::string_view find(const command::StatList& list, std::string_view name) noexcept;

}  // namespace cocached::http
