#include "insight/latency.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace cocached::insight {
namespace {

/// One thread writes: no need for an instruction that locks the bus.
void add(std::atomic<std::uint64_t>& counter, std::uint64_t n) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
}

}  // namespace

std::string_view name_of(Family family) noexcept {
  static constexpr std::array<std::string_view, kFamilies> kNames{"get",        "set",   "delete",
                                                                  "arithmetic", "touch", "other"};
  return kNames[static_cast<std::size_t>(family)];
}

std::uint64_t LatencyTotals::below(std::uint64_t nanoseconds) const noexcept {
  std::uint64_t count = 0;
  const auto end = LatencyBuckets::start(LatencyBuckets::kCount) <= nanoseconds
                       ? LatencyBuckets::kCount
                       : LatencyBuckets::index(nanoseconds);
  for (std::size_t i = 0; i < end; ++i) count += buckets_[i];
  return count;
}

double LatencyTotals::quantile(double share) const noexcept {
  if (count_ == 0) return 0;
  const auto rank = std::max(std::ceil(share * static_cast<double>(count_)), 1.0);
  std::uint64_t seen = 0;
  std::size_t i = 0;
  while (i + 1 < buckets_.size() && static_cast<double>(seen += buckets_[i]) < rank) ++i;
  const auto start = static_cast<double>(LatencyBuckets::start(i));
  return std::midpoint(start, static_cast<double>(LatencyBuckets::start(i + 1)) - 1);
}

LatencyTotals& LatencyTotals::operator+=(const LatencyTotals& more) noexcept {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += more.buckets_[i];
  count_ += more.count_;
  time_ += more.time_;
  return *this;
}

LatencyTotals operator-(LatencyTotals now, const LatencyTotals& earlier) noexcept {
  for (std::size_t i = 0; i < now.buckets_.size(); ++i) now.buckets_[i] -= earlier.buckets_[i];
  now.count_ -= earlier.count_;
  now.time_ -= earlier.time_;
  return now;
}

Latencies operator-(Latencies now, const Latencies& earlier) noexcept {
  for (std::size_t i = 0; i < kFamilies; ++i) now.totals_[i] = now.totals_[i] - earlier.totals_[i];
  return now;
}

void LatencyRecorder::record(std::uint64_t nanoseconds) noexcept {
  const auto bucket = LatencyBuckets::index(nanoseconds);
  for (std::size_t family = 0; family < kFamilies; ++family) {
    const auto count = std::exchange(pending_[family], 0);
    if (count == 0) continue;
    add(histograms_[family].buckets[bucket], count);
    add(histograms_[family].time, count * nanoseconds);
  }
}

void LatencyRecorder::add_to(Latencies& totals) const noexcept {
  for (const auto family : kAllFamilies) {
    auto& total = totals[family];
    const auto& histogram = histograms_[static_cast<std::size_t>(family)];
    for (std::size_t i = 0; i < histogram.buckets.size(); ++i)
      total.add(i, histogram.buckets[i].load(std::memory_order_relaxed));
    total.add_time(histogram.time.load(std::memory_order_relaxed));
  }
}

}  // namespace cocached::insight
