#include "replay/replay.hpp"

#include <algorithm>
#include <unordered_set>
#include <vector>

namespace cocached::replay {
namespace {

/// Returns the length of the start of `trace` that can be sent together: up to `window` requests,
/// no key twice.
std::size_t round_length(std::span<const std::uint32_t> trace, std::size_t window) {
  std::size_t length = 0;
  while (length != std::min(window, trace.size())) {
    if (std::ranges::count(trace.first(length), trace[length]) != 0) break;
    ++length;
  }
  return length;
}

}  // namespace

// The sets of one round travel with the gets of the next, ahead of them: one round trip each.
Outcome replay(std::span<const std::uint32_t> trace, Client& client, std::size_t window) {
  Outcome outcome{.requests = trace.size()};
  std::vector<std::uint32_t> sets;
  std::vector<Lookup> answers(window);
  while (!trace.empty()) {
    const auto gets = trace.first(round_length(trace, window));
    outcome.refused_sets += client.round(sets, gets, answers);
    sets.clear();
    for (std::size_t i = 0; i != gets.size(); ++i) {
      if (answers[i] == Lookup::kMiss) sets.push_back(gets[i]);
      if (answers[i] == Lookup::kWrongValue) ++outcome.wrong_values;
    }
    outcome.misses += sets.size();
    trace = trace.subspan(gets.size());
  }
  outcome.refused_sets += client.round(sets, {}, {});
  return outcome;
}

Footprint footprint(std::span<const std::uint32_t> trace, const Objects& objects) {
  const std::unordered_set<std::uint32_t> keys(trace.begin(), trace.end());
  Footprint total{.keys = keys.size()};
  for (auto key : keys) total.bytes += Objects::kKeySize + objects.size(key);
  return total;
}

}  // namespace cocached::replay
