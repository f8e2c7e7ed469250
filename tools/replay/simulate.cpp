#include "replay/simulate.hpp"

#include "replay/policy/belady.hpp"
#include "replay/policy/greedy_dual.hpp"
#include "replay/policy/in_store.hpp"
#include "replay/policy/lru.hpp"
#include "replay/policy/s3_fifo.hpp"

#include <concepts>

namespace cocached::replay {
namespace {

constexpr std::size_t kLeastSegment = 64 * 1024;

template <std::invocable<std::uint32_t> SizeOf>
std::size_t misses(Policy&& policy, std::span<const std::uint32_t> trace, SizeOf size_of) {
  std::size_t count = 0;
  for (auto key : trace) count += policy.request({key, size_of(key)}) ? 0U : 1U;
  return count;
}

template <std::invocable<std::uint32_t> SizeOf>
std::vector<Simulated> simulate(std::span<const std::uint32_t> trace, std::size_t capacity,
                                std::size_t least_segment, SizeOf size_of) {
  return {
      {"lru", misses(Lru{capacity}, trace, size_of)},
      {"s3-fifo", misses(S3Fifo{capacity}, trace, size_of)},
      {"greedy-dual", misses(GreedyDual{capacity, least_segment}, trace, size_of)},
      {"belady", misses(Belady{capacity, trace}, trace, size_of)},
  };
}

}  // namespace

std::vector<Simulated> simulate_objects(std::span<const std::uint32_t> trace, std::size_t count) {
  return simulate(trace, count, 1, [](std::uint32_t) { return std::size_t{1}; });
}

std::vector<Simulated> simulate_bytes(std::span<const std::uint32_t> trace, std::size_t bytes,
                                      const Objects& objects) {
  const auto size_of = [&](std::uint32_t key) {
    return Objects::kKeySize + objects.size(key) + kOverhead;
  };
  auto all = simulate(trace, bytes, kLeastSegment, size_of);
  const auto in_store = [&](store::EvictionPolicy eviction) {
    return misses(InStore{bytes, objects, eviction}, trace, size_of);
  };
  all.push_back({"store", in_store(store::EvictionPolicy::adaptive)});
  all.push_back({"store-lru", in_store(store::EvictionPolicy::lru)});
  return all;
}

}  // namespace cocached::replay
