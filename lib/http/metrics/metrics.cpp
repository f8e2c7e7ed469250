#include "http/metrics/metrics.hpp"

namespace cocached::http {

std::string metrics(const Snapshot& snapshot) {
  Exposition out;
  add_server_metrics(out, snapshot);
  add_lru_and_slab_metrics(out, snapshot);
  add_own_metrics(out, snapshot);
  return std::move(out).text();
}

}  // namespace cocached::http
