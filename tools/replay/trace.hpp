#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cocached::replay {

/// The keys of a trace's requests, in order.
using Trace = std::vector<std::uint32_t>;

/// Reads at most `limit` requests (0 = all) from `path`: big-endian 32-bit keys back to back,
/// compressed if the name ends in `.xz`. `-` is standard input, uncompressed. Throws
/// std::runtime_error with the path in its text if the file cannot be read or decompressed.
Trace read_trace(const std::string& path, std::size_t limit = 0);

}  // namespace cocached::replay
