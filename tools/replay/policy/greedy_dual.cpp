#include "replay/policy/greedy_dual.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace cocached::replay {
namespace {

constexpr std::size_t kSegments = 128;
constexpr std::size_t kBurst = kSegments / 16;  ///< segments opened since a record was appended
constexpr unsigned kMostReads = 3;
constexpr unsigned kMostFrequency = 15;

constexpr double kUnit = 4096;  ///< bytes of an object whose credit is its frequency
constexpr double kSizeExponent = 1.5;
constexpr double kLevelFactor = 2;

// A return counts as soon within a quarter of the ghost, and learning is due when a quarter of the
// capacity was evicted. The prior keeps classes with few evictions near the mean.
constexpr std::size_t kQuarter = 4;
constexpr double kLeastReturns = 10;
constexpr double kPrior = 3;
constexpr double kStep = 0.2;
constexpr double kMostMultiplier = 8;

}  // namespace

GreedyDual::GreedyDual(std::size_t capacity, std::size_t least_segment)
    : segment_bytes_{std::max(capacity / kSegments, least_segment)},
      segment_limit_{std::max<std::size_t>(capacity / segment_bytes_, 1)} {}

bool GreedyDual::request(const Object& object) {
  if (const auto found = records_.find(object.key); found != records_.end()) {
    auto& record = found->second;
    const bool burst = opened_ - record.segment < segment_limit_ * kBurst / kSegments;
    if (!burst) record.reads = std::min(record.reads + 1, kMostReads);
    return true;
  }
  const auto [frequency, age] = ghost_.take(object.key);
  if (frequency != 0 && age < records_.size() / kQuarter) ++classes_[class_of(frequency)].returned;
  auto& record = records_[object.key];
  const auto faded = frequency - frequency * age / (2 * std::max<std::size_t>(records_.size(), 1));
  record = {.object = object,
            .frequency = std::min(static_cast<unsigned>(faded) + 1, kMostFrequency)};
  append(record);
  while (segments_ > segment_limit_) evict();
  return false;
}

std::size_t GreedyDual::class_of(unsigned frequency) {
  return std::min<std::size_t>(frequency, kClasses) - 1;
}

int GreedyDual::level_of(const Record& record) const {
  const auto size = kUnit / static_cast<double>(record.object.bytes);
  const auto credit = classes_[class_of(record.frequency)].multiplier * record.frequency *
                      std::pow(size, kSizeExponent);
  return static_cast<int>(std::lround(std::log(credit) / std::log(kLevelFactor)));
}

void GreedyDual::append(Record& record) {
  const auto level = level_of(record);
  auto& queue = levels_[level];
  if (queue.empty() || queue.back().bytes + record.object.bytes > segment_bytes_) {
    queue.push_back(
        {.keys = {}, .number = ++opened_, .priority = clock_ + std::pow(kLevelFactor, level)});
    ++segments_;
  }
  queue.back().keys.push_back(record.object.key);
  queue.back().bytes += record.object.bytes;
  record.segment = queue.back().number;
  record.reads = 0;
}

void GreedyDual::evict() {
  std::erase_if(levels_, [](const auto& level) { return level.second.empty(); });
  auto& queue = std::ranges::min_element(levels_, {}, [](const auto& level) {
                  return level.second.front().priority;
                })->second;
  const auto segment = std::move(queue.front());
  queue.pop_front();
  --segments_;
  clock_ = std::max(clock_, segment.priority);
  for (auto key : segment.keys) evict(records_.at(key));
  if (evicted_since_learning_ > segment_bytes_ * segment_limit_ / kQuarter) learn();
}

void GreedyDual::evict(Record& record) {
  if (record.reads != 0) {
    record.frequency = std::min(record.frequency + record.reads, kMostFrequency);
    append(record);
    return;
  }
  const auto [key, bytes] = record.object;
  classes_[class_of(record.frequency)].evicted += static_cast<double>(bytes);
  evicted_since_learning_ += bytes;
  ghost_.remember(key, record.frequency, records_.size());
  records_.erase(key);
}

void GreedyDual::learn() {
  evicted_since_learning_ = 0;
  double returned = 0;
  double evicted = 0;
  for (const auto& each : classes_) {
    returned += each.returned;
    evicted += each.evicted;
  }
  if (returned < kLeastReturns) return;
  for (auto& each : classes_) {
    const auto expected = each.evicted * returned / evicted;
    const auto pressure = std::clamp((each.returned + kPrior) / (expected + kPrior), 0.5, 2.0);
    each.multiplier *= std::pow(pressure, kStep);
    each.returned /= 2;
    each.evicted /= 2;
  }
  const auto newcomers = classes_.front().multiplier;
  for (auto& each : classes_) {
    each.multiplier = std::clamp(each.multiplier / newcomers, 1 / kMostMultiplier, kMostMultiplier);
  }
}

}  // namespace cocached::replay
