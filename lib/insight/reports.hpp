#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// Findings about the load, ready to be shown. The figures are estimates from samples.
namespace cocached::insight {

struct HotKey {
  std::string key;
  std::uint64_t operations = 0;  ///< commands that named it
  std::uint64_t bytes = 0;       ///< of its values, sent or received
};

struct HotKeys {
  base::Duration window{};            ///< what the figures are of: the last so many minutes
  std::uint64_t operations = 0;       ///< of all keys together
  std::uint64_t bytes = 0;            ///< likewise
  std::vector<HotKey> by_operations;  ///< most first
  std::vector<HotKey> by_bytes;       ///< most first
};

/// The estimated hit ratio with another memory limit.
struct MissRatioPoint {
  double scale = 1;         ///< of the present limit
  std::uint64_t bytes = 0;  ///< the limit that this is
  double hit_ratio = 0;     ///< from 0 to 1
};

struct MissRatioCurve {
  double sampling_rate = 0;            ///< share of the keys that is watched
  std::uint64_t keys = 0;              ///< watched now
  std::uint64_t gets = 0;              ///< of all keys, since the start or the last reset
  double measured_hit_ratio = 0;       ///< the server's own, for comparison
  std::vector<MissRatioPoint> points;  ///< ascending; empty until enough has been seen
};

}  // namespace cocached::insight
