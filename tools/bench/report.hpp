#pragma once

#include "bench/options.hpp"
#include "bench/tally.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace cocached::bench {

/// The result of a measurement.
struct Report {
  Tally tally;
  double seconds = 0;
  double client_cpu_seconds = 0;

  struct Server {
    double cpu_seconds;  ///< CPU time used during the measurement
    std::uint64_t resident_bytes;
  };
  std::optional<Server> server;

  bool failed() const noexcept { return tally.wrong > 0 || tally.errors > 0; }
};

std::string as_text(const Report& report);

/// Returns one JSON object on one line; the names of its fields tell the units of times.
std::string as_json(const Report& report);

}  // namespace cocached::bench
