// The index alone: nanoseconds an operation, in the caches' reach (64 Ki entries, 600 kB; 1 Mi, 9
// MB) and far past it (32 Mi entries, 300 MB).
//
//   cocached-microbench --benchmark_filter=index

#include "store/index/key_index.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

using cocached::store::KeyIndex;
using cocached::store::Place;

constexpr std::int64_t kMillion = 1 << 20;
constexpr std::size_t kBatch = 32;

std::uint64_t mix(std::uint64_t number) {  // splitmix64
  number += 0x9E3779B97F4A7C15;
  number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9;
  number = (number ^ (number >> 27)) * 0x94D049BB133111EB;
  return number ^ (number >> 31);
}

void insert(KeyIndex& index, std::uint64_t number) {
  if (index.wants_growth()) index.grow();
  if (!index.insert(mix(number), Place{number + 1})) std::abort();
}

void erase(KeyIndex& index, std::uint64_t number) {
  index.erase(index.find_place(mix(number), Place{number + 1}));
}

/// An index of numbers 0 to count - 1, at rest, made once for all benchmarks that read it.
KeyIndex& index_of(std::int64_t count) {
  static std::map<std::int64_t, KeyIndex> made;
  const auto [it, is_new] = made.try_emplace(count);
  if (is_new)
    for (std::int64_t i = 0; i < count; ++i) insert(it->second, static_cast<std::uint64_t>(i));
  while (it->second.step(1024)) {
  }
  return it->second;
}

/// Numbers from [first, first + range) in random order.
std::vector<std::uint64_t> draw(std::uint64_t first, std::int64_t range) {
  std::mt19937_64 random(42);
  std::vector<std::uint64_t> numbers(1 << 20);
  for (std::uint64_t& number : numbers)
    number = first + random() % static_cast<std::uint64_t>(range);
  return numbers;
}

void report(benchmark::State& state, const KeyIndex& index) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
  const auto size = static_cast<double>(index.size());
  state.counters["load"] = size / static_cast<double>(index.capacity());
  state.counters["bytes/entry"] = static_cast<double>(index.bytes()) / size;
}

/// Finds batches of kBatch; each find waits for the one before, as one get after another does.
template <bool kPrefetch>
void find(benchmark::State& state, bool hit) {
  KeyIndex& index = index_of(state.range(0));
  const auto numbers =
      draw(hit ? 0 : static_cast<std::uint64_t>(state.range(0)), hit ? state.range(0) : 1LL << 40);
  std::size_t at = 0;
  const volatile std::uint64_t opaque_zero = 0;
  const std::uint64_t zero = opaque_zero;
  std::uint64_t chain = 0;
  for (auto _ : state) {
    const std::uint64_t* const batch = &numbers[at];
    at = (at + kBatch) % numbers.size();
    if constexpr (kPrefetch)
      for (std::size_t i = 0; i < kBatch; ++i) index.hint().prefetch(mix(batch[i]));
    for (std::size_t i = 0; i < kBatch; ++i) {
      const Place place{batch[i] + 1};
      const auto slot = index.find_place(mix(batch[i] + chain), place);
      chain = (slot ? static_cast<std::uint64_t>(slot.place()) : 1) & zero;
    }
  }
  benchmark::DoNotOptimize(chain);
  report(state, index);
}

void index_find_hit(benchmark::State& state) {
  find<false>(state, true);
}
void index_find_hit_prefetched(benchmark::State& state) {
  find<true>(state, true);
}
void index_find_miss(benchmark::State& state) {
  find<false>(state, false);
}
void index_find_miss_prefetched(benchmark::State& state) {
  find<true>(state, false);
}
void sizes(benchmark::internal::Benchmark* bench) {
  for (const std::int64_t size : {kMillion / 16, kMillion, 32 * kMillion}) bench->Arg(size);
}
BENCHMARK(index_find_hit)->Apply(sizes);
BENCHMARK(index_find_hit_prefetched)->Apply(sizes);
BENCHMARK(index_find_miss)->Apply(sizes);
BENCHMARK(index_find_miss_prefetched)->Apply(sizes);

/// Erases the oldest entry and inserts another, which is what a full cache does.
void index_replace(benchmark::State& state) {
  KeyIndex index;
  const auto count = static_cast<std::uint64_t>(state.range(0));
  for (std::uint64_t i = 0; i < count; ++i) insert(index, i);
  while (index.step(1024)) {
  }
  std::uint64_t oldest = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < kBatch; ++i, ++oldest) {
      erase(index, oldest);
      insert(index, oldest + count);
    }
  }
  report(state, index);
}
BENCHMARK(index_replace)->Arg(kMillion / 16)->Arg(kMillion)->Arg(8 * kMillion);

/// Inserts from nothing, with all growth on the way.
void index_insert_from_empty(benchmark::State& state) {
  for (auto _ : state) {
    KeyIndex index;
    for (std::int64_t i = 0; i < state.range(0); ++i) insert(index, static_cast<std::uint64_t>(i));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(index_insert_from_empty)
    ->Arg(kMillion)
    ->Arg(16 * kMillion)
    ->Unit(benchmark::kMillisecond);

/// One step of 4 buckets of a growth.
void index_growth_step(benchmark::State& state) {
  KeyIndex& index = index_of(state.range(0));
  for (auto _ : state) {
    if (!index.resizing()) {
      index.capacity() < static_cast<std::size_t>(state.range(0)) * 3 / 2 ? index.grow()
                                                                          : index.shrink();
    }
    index.step(4);
  }
  while (index.step(1024)) {
  }
}
BENCHMARK(index_growth_step)->Arg(16 * kMillion);

}  // namespace
