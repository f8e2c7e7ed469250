// The store alone: what a get, a set and a mix of them cost, from one and two threads, with a
// working set that fits the CPU's caches and one that doesn't, with and without prefetching.

#include "store/store.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <time.h>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

using namespace cocached::store;

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr std::size_t kValueSize = 100;
constexpr std::size_t kMultiget = 64;
constexpr std::int64_t kCached = 10'000;       // items
constexpr std::int64_t kUncached = 4'000'000;  // items, some 600 MiB
constexpr TimePoint kNow{Duration{1000}};

std::string key_name(std::uint64_t number) {
  std::string digits = std::to_string(number);
  return "key:" + std::string(16 - digits.size(), '0') + digits;
}

/// A store that holds `items` items, shared by the threads of a benchmark, and kept for the next.
Store& filled(std::int64_t items) {
  static std::unique_ptr<Store> store;
  static std::int64_t held = 0;
  if (held == items) return *store;
  store.reset();
  store = std::make_unique<Store>(StoreOptions{.memory_limit = 1024 * kMiB, .threads = 2});
  const std::string value(kValueSize, 'v');
  for (std::int64_t i = 0; i < items; ++i) {
    const std::string key = key_name(static_cast<std::uint64_t>(i));
    store->write(Key(key), kNow, {}, value);
  }
  while (store->maintain(kNow)) {
  }
  held = items;
  return *store;
}

/// Keys in random order, cheap to draw, so that a benchmark measures the store.
class Keys {
 public:
  Keys(std::int64_t items, std::uint64_t seed) : items_(static_cast<std::uint64_t>(items)) {
    state_ = seed * 0x9e3779b97f4a7c15U + 1;
  }
  std::string_view next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    std::uint64_t number = (state_ >> 32) * items_ >> 32;
    for (std::size_t i = text_.size(); i > 4; number /= 10) {
      text_[--i] = static_cast<char>('0' + number % 10);
    }
    return {text_.data(), text_.size()};
  }

 private:
  std::uint64_t items_;
  std::uint64_t state_;
  std::array<char, 20> text_{'k', 'e', 'y', ':'};
};

std::uint64_t read(Store& store, const Key& key) {
  std::uint64_t sum = 0;
  store.read(key, kNow, {}, [&](const Hit& hit) {
    std::array<char, kValueSize> copy;
    std::copy_n(hit.item.value.begin(), std::min(copy.size(), hit.item.value.size()), copy.begin());
    benchmark::DoNotOptimize(copy);
    sum = hit.item.value.size();
  });
  return sum;
}

void finish(benchmark::State& state, std::int64_t per_iteration, std::uint64_t hits) {
  const std::int64_t done = state.iterations() * per_iteration;
  state.SetItemsProcessed(done);
  state.counters["hits"] =
      benchmark::Counter(static_cast<double>(hits) / kValueSize / static_cast<double>(done),
                         benchmark::Counter::kAvgThreads);
}

void get(benchmark::State& state) {
  if (state.thread_index() == 0) filled(state.range(0));
  Keys keys(state.range(0), static_cast<std::uint64_t>(state.thread_index()));
  std::uint64_t bytes = 0;
  for (auto _ : state) bytes += read(filled(state.range(0)), Key(keys.next()));
  finish(state, 1, bytes);
}

/// As a multiget does: name all keys, prefetch (or not), then read.
void get_batch(benchmark::State& state) {
  if (state.thread_index() == 0) filled(state.range(0));
  const bool prefetch = state.range(1) != 0;
  Keys source(state.range(0), static_cast<std::uint64_t>(state.thread_index()));
  std::vector<std::string> names(kMultiget);
  std::vector<Key> keys;
  std::uint64_t bytes = 0;
  for (auto _ : state) {
    Store& store = filled(state.range(0));
    keys.clear();
    for (std::string& name : names) keys.emplace_back(name = source.next());
    if (prefetch) store.prefetch(keys);
    for (const Key& key : keys) bytes += read(store, key);
  }
  finish(state, kMultiget, bytes);
}

void overwrite(benchmark::State& state) {
  if (state.thread_index() == 0) filled(state.range(0));
  Keys keys(state.range(0), static_cast<std::uint64_t>(state.thread_index()));
  const std::string value(kValueSize, 'w');
  for (auto _ : state) filled(state.range(0)).write(Key(keys.next()), kNow, {}, value);
  state.SetItemsProcessed(state.iterations());
}

/// New keys into a full store: each set evicts.
void set_evicting(benchmark::State& state) {
  static std::unique_ptr<Store> store;
  if (state.thread_index() == 0) {
    store = std::make_unique<Store>(StoreOptions{.memory_limit = 256 * kMiB, .threads = 2});
    const std::string value(kValueSize, 'v');
    for (std::uint64_t i = 0; i < 2'500'000; ++i) store->write(Key(key_name(i)), kNow, {}, value);
  }
  const std::string value(kValueSize, 'w');
  std::uint64_t number = static_cast<std::uint64_t>(state.thread_index() + 1) * 1'000'000'000;
  for (auto _ : state) {
    const std::string key = key_name(number++);
    store->write(Key(key), kNow, {}, value);
  }
  state.SetItemsProcessed(state.iterations());
}

/// Nine gets to a set.
void mixed(benchmark::State& state) {
  if (state.thread_index() == 0) filled(state.range(0));
  Keys keys(state.range(0), static_cast<std::uint64_t>(state.thread_index()));
  const std::string value(kValueSize, 'w');
  std::uint64_t bytes = 0;
  unsigned turn = 0;
  for (auto _ : state) {
    Store& store = filled(state.range(0));
    const Key key(keys.next());
    if (++turn % 10 == 0) {
      store.write(key, kNow, {}, value);
    } else {
      bytes += read(store, key);
    }
  }
  finish(state, 1, bytes);
}

std::int64_t cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

void report(benchmark::State& state, const std::string& what, std::vector<std::int64_t>& took) {
  std::ranges::sort(took);
  const auto at = [&](double share) {
    return static_cast<double>(
        took[static_cast<std::size_t>(share * static_cast<double>(took.size() - 1))]);
  };
  state.counters[what + "_p50"] = at(0.5);
  state.counters[what + "_p999"] = at(0.999);
  state.counters[what + "_max"] = at(1);
}

/// How long single gets and sets take, in ns of CPU time, reading the clock included: a set that
/// evicts nothing, or of new keys into a full store. Argument: does it evict?
void pauses(benchmark::State& state) {
  const bool evicting = state.range(0) != 0;
  const std::uint64_t items = evicting ? 2'500'000 : 500'000;
  const std::string value(kValueSize, 'v');
  Store store(StoreOptions{.memory_limit = 256 * kMiB, .threads = 2});
  for (std::uint64_t i = 0; i < items; ++i) store.write(Key(key_name(i)), kNow, {}, value);
  std::vector<std::int64_t> gets, sets;
  std::uint64_t number = items;
  for (auto _ : state) {
    const std::string fresh = key_name(number++), recent = key_name(number - 100'000);
    const std::int64_t start = cpu_ns();
    store.write(Key(fresh), kNow, {}, value);
    const std::int64_t middle = cpu_ns();
    benchmark::DoNotOptimize(read(store, Key(recent)));
    sets.push_back(middle - start);
    gets.push_back(cpu_ns() - middle);
  }
  report(state, "set", sets);
  report(state, "get", gets);
}

BENCHMARK(pauses)->Arg(0)->Arg(1)->Iterations(800'000);
BENCHMARK(get)->Arg(kCached)->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(overwrite)->Arg(kCached)->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(mixed)->Arg(kCached)->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(get)->Arg(kUncached)->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(get_batch)->Args({kUncached, 0})->Args({kUncached, 1})->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(overwrite)->Arg(kUncached)->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(mixed)->Arg(kUncached)->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(set_evicting)->ThreadRange(1, 2)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
