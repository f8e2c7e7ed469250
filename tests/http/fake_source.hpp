#pragma once

#include "http/source.hpp"

namespace cocached::http {

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
  snapshot.threads.resize(2);
  snapshot.threads[1].add(connection_opened, 3);
  snapshot.namespaces = {{.name = "user", .generation = 2, .items = 4, .bytes = 120, .gets = 7},
                         {.name = "50% \xff"}};
  return snapshot;
}

class FakeSource final : public Source {
 public:
  Snapshot snapshot() const override { return example_snapshot(); }
  bool draining() const noexcept override { return stopping; }

  bool stopping = false;
};

}  // namespace cocached::http
