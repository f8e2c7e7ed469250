#include "insight/hot_keys.hpp"

#include <algorithm>
#include <utility>

namespace cocached::insight {
namespace {

constexpr std::uint64_t kSamplesPerStep = 4096;  // then only half as many are taken

void add(HotKey& to, std::uint64_t operations, std::uint64_t bytes) noexcept {
  to.operations += operations;
  to.bytes += bytes;
}

}  // namespace

void HotKeySum::add_operations(const HeavyHitters& keys) {
  for (const auto& [key, weight, error, side] : keys.entries()) {
    auto& estimate = by_operations_[key];
    add(estimate.key, weight, side);
    estimate.weight += weight;
    estimate.error += error;
  }
}

void HotKeySum::add_bytes(const HeavyHitters& keys) {
  for (const auto& [key, weight, error, side] : keys.entries()) {
    auto& estimate = by_bytes_[key];
    add(estimate.key, side, weight);
    estimate.weight += weight;
    estimate.error += error;
  }
}

void HotKeySum::add_totals(std::uint64_t operations, std::uint64_t bytes,
                           base::Duration window) noexcept {
  sum_.operations += operations;
  sum_.bytes += bytes;
  sum_.window = std::max(sum_.window, window);
}

std::vector<HotKey> HotKeySum::top(const Estimates& estimates, std::size_t count) {
  std::vector<std::pair<std::uint64_t, HotKey>> found;
  for (const auto& [key, estimate] : estimates) {
    if (estimate.error > estimate.weight / 2 || estimate.weight == 0) continue;
    found.emplace_back(estimate.weight, estimate.key);
    found.back().second.key = key;
  }
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(count, found.size()));
  std::ranges::partial_sort(found, end, std::greater{}, &std::pair<std::uint64_t, HotKey>::first);
  std::vector<HotKey> top;
  for (auto it = found.begin(); it != end; ++it) top.push_back(std::move(it->second));
  return top;
}

HotKeys HotKeySum::top(std::size_t count) const {
  auto keys = sum_;
  keys.by_operations = top(by_operations_, count);
  keys.by_bytes = top(by_bytes_, count);
  return keys;
}

std::uint64_t HotKeyCounter::add(const store::Key& key, std::uint64_t bytes) {
  const base::MutexLock lock{mutex_};
  now_.by_operations.add(key.bytes, key.hash, step_, bytes * step_);
  if (bytes != 0) now_.by_bytes.add(key.bytes, key.hash, bytes * step_, step_);
  now_.operations += step_;
  now_.bytes += bytes * step_;
  if (++now_.samples % kSamplesPerStep == 0) step_ = std::min(2 * step_, kThinnest);
  return distance();
}

/// From 1 to twice the step less one, all equally often.
std::uint64_t HotKeyCounter::distance() noexcept {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  return 1 + random_ % (2 * step_ - 1);
}

void HotKeyCounter::tick(base::TimePoint now) {
  const base::MutexLock lock{mutex_};
  if (now - now_.begun < kWindow) return;
  std::swap(now_, before_);
  now_.by_operations.clear();
  now_.by_bytes.clear();
  now_.operations = now_.bytes = now_.samples = 0;
  now_.begun = now;
  step_ = 1;
}

void HotKeyCounter::add_to(HotKeySum& sum, base::TimePoint now) const {
  const base::MutexLock lock{mutex_};
  for (const auto* window : {&before_, &now_}) {
    sum.add_operations(window->by_operations);
    sum.add_bytes(window->by_bytes);
    sum.add_totals(window->operations, window->bytes, now - before_.begun);
  }
}

}  // namespace cocached::insight
