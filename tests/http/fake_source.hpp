#pragma once

#include "http/figures_source.hpp"

#include <atomic>
#include <new>

namespace cocached::http {

inline insight::MissRatioCurve example_curve() {
  return {.sampling_rate = 0.25,
          .keys = 1000,
          .gets = 50000,
          .measured_hit_ratio = 0.75,
          .points = {{0.5, 500, 0.5}, {1, 1000, 0.75}, {2, 2000, 0.875}, {4, 4000, 0.875}}};
}

/// A server that has done a little of everything.
inline Snapshot example_snapshot() {
  using enum command::Count;
  Snapshot snapshot;
  snapshot.stats = {{"pid", "42"},
                    {"uptime", "7"},
                    {"version", "1.2.3"},
                    {"rusage_user", "0.250000"},
                    {"get_hits", "30"},
                    {"get_misses", "10"},
                    {"curr_connections", "3"}};
  snapshot.settings = {{"maxbytes", "67108864"}, {"lru_crawler", "yes"}, {"inter", "NULL"}};
  snapshot.items = {{"items:1:number", "5"}, {"items:1:hits_to_hot", "8"}};
  snapshot.slabs = {{"1:free_chunks", "400"}, {"total_malloced", "1000"}};
  snapshot.totals.add(set, 9);
  snapshot.totals.add(cas_hit, 2);
  snapshot.totals.add(cas_miss, 1);
  snapshot.store.items = 5;
  snapshot.store.ghost_hits = 4;
  snapshot.store.live_bytes = 600;
  snapshot.store.segment_bytes = 1000;
  // Three gets of about a microsecond, one of two milliseconds.
  snapshot.latencies[insight::Family::get].add(insight::LatencyBuckets::index(1000), 3);
  snapshot.latencies[insight::Family::get].add(insight::LatencyBuckets::index(2000000), 1);
  snapshot.latencies[insight::Family::get].add_time(2003000);
  snapshot.miss_ratio = example_curve();
  snapshot.loop_lags = {std::chrono::microseconds{250}, std::chrono::milliseconds{2}};
  snapshot.threads.resize(2);
  snapshot.threads[1].add(connection_opened, 3);
  snapshot.namespaces = {{.name = "user", .generation = 2, .items = 4, .bytes = 120, .gets = 7},
                         {.name = "50% \xff"}};
  snapshot.namespace_count = 12;
  return snapshot;
}

inline insight::HotKeys example_hot_keys() {
  const insight::HotKey often{.key = "often", .operations = 75, .bytes = 300};
  const insight::HotKey large{.key = "large\xff", .operations = 25, .bytes = 4000};
  return {.operations = 200,
          .bytes = 8000,
          .by_operations = {often, large},
          .by_bytes = {large, often}};
}

class FakeSource final : public Source {
 public:
  Snapshot snapshot() const override {
    if (failures > 0 && failures-- > 0) throw std::bad_alloc{};
    return example_snapshot();
  }
  bool draining() const noexcept override { return stopping; }
  std::optional<double> loading() const noexcept override { return loaded_share; }
  std::optional<insight::HotKeys> hot_keys() const override { return example_hot_keys(); }
  insight::MissRatioCurve miss_ratio_curve() const override { return example_curve(); }
  std::string_view why_keys_are_hidden() const noexcept override { return hidden; }
  KeyPage keys(const KeyQuery& query) const override {
    asked = query;
    return page;
  }

  mutable std::atomic<int> failures = 0;  ///< snapshots that fail before one is made
  bool stopping = false;
  std::string hidden;
  KeyPage page{.keys = {{.key = "a", .size = 3, .ttl = std::chrono::seconds{60}, .idle = {}},
                        {.key = "b\xff", .size = 0, .ttl = {}, .idle = std::chrono::seconds{5}}},
               .next = 4294967299};
  std::optional<double> loaded_share;
  mutable KeyQuery asked;
};

}  // namespace cocached::http
