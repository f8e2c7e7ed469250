#pragma once

#include "bench/histogram.hpp"

#include <cstdint>
#include <string>

namespace cocached::bench {

/// The results of the requests. An operation is one key: a get of 64 keys is 64 operations.
struct Tally {
  std::uint64_t requests = 0;
  std::uint64_t operations = 0;
  std::uint64_t hits = 0;  ///< found values, wrong ones included
  std::uint64_t misses = 0;
  std::uint64_t stored = 0;
  std::uint64_t wrong = 0;   ///< values that differ from the value stored under their key
  std::uint64_t errors = 0;  ///< error replies, and sets that were not stored
  std::string first_error;
  Histogram latency;  ///< latencies of requests in ns
};

}  // namespace cocached::bench
