#pragma once

#include "http/figures_source.hpp"
#include "http/metrics/exposition.hpp"

#include <string>

namespace cocached::http {

/// `/metrics`: the names, types and labels of Prometheus's memcached_exporter, so that dashboards
/// and alerts made for it work unchanged, and this server's own figures as `cocached_*`.
std::string metrics(const Snapshot& snapshot);

/// Its three parts. A memcached_ series without a source is left out, as the exporter does.
void add_server_metrics(Exposition& out, const Snapshot& snapshot);
void add_lru_and_slab_metrics(Exposition& out, const Snapshot& snapshot);
void add_own_metrics(Exposition& out, const Snapshot& snapshot);

}  // namespace cocached::http
