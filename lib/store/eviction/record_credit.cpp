#include "store/eviction/record_credit.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cocached::store {
namespace {

constexpr int kLowest = -16;         // the level worth 2^-16
constexpr float kUnitSizeLog2 = 12;  // 4096 bytes used once are worth 1
constexpr float kSizePower = 1.5F;
constexpr double kLeastReturns = 10;  // to learn from
constexpr double kDoubt = 3;          // returns that are taken as average in advance
constexpr double kRate = 0.2;
constexpr double kMostWeight = 8;
constexpr float kSoonAge = 0.25F;  // of ghosts

}  // namespace

unsigned RecordCredit::level(unsigned frequency, std::size_t size) const noexcept {
  // log2(weight * frequency * (4096 / size)^1.5), rounded
  const float level = offsets_[frequency] - kSizePower * std::log2(static_cast<float>(size));
  return static_cast<unsigned>(std::clamp(level, 0.0F, float{kLevels - 1}));
}

double RecordCredit::value(unsigned level) noexcept {
  return std::ldexp(1.0, static_cast<int>(level) + kLowest);
}

void RecordCredit::weigh() noexcept {
  for (unsigned f = 1; f <= kMaxFrequency; ++f) {
    const auto uses = static_cast<float>(weights_[class_of(f)] * f);
    offsets_[f] = std::log2(uses) + kSizePower * kUnitSizeLog2 - kLowest + 0.5F;
  }
}

void RecordCredit::note_eviction(unsigned frequency, std::size_t size,
                                 std::size_t memory) noexcept {
  evicted_[class_of(frequency)] += static_cast<double>(size);
  evicted_since_ += size;
  if (evicted_since_ < memory / 4) return;
  evicted_since_ = 0;
  learn();
}

unsigned RecordCredit::take_back(unsigned frequency, float age) noexcept {
  if (age < kSoonAge) returned_[class_of(frequency)] += 1;
  const float faded = static_cast<float>(frequency) * (1 - age / 2);
  return std::min(static_cast<unsigned>(std::lround(faded)) + 1, kMaxFrequency);
}

void RecordCredit::learn() noexcept {
  const double returned = std::accumulate(returned_.begin(), returned_.end(), 0.0);
  if (returned < kLeastReturns) return;
  const double usual = returned / std::accumulate(evicted_.begin(), evicted_.end(), 0.0);
  const auto bounded = [](double weight) {
    return std::clamp(weight, 1 / kMostWeight, kMostWeight);
  };
  for (std::size_t c = 0; c < kClasses; ++c) {
    const double excess = (returned_[c] + kDoubt) / (evicted_[c] * usual + kDoubt);
    weights_[c] = bounded(weights_[c] * std::pow(std::clamp(excess, 0.5, 2.0), kRate));
    returned_[c] /= 2;
    evicted_[c] /= 2;
  }
  const double first = weights_[0];
  for (double& weight : weights_) weight = bounded(weight / first);
  weigh();
}

}  // namespace cocached::store
