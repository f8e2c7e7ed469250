// Data structures: three vectors with one element per counter: hash, weight, and the rest.
// Invariant: the three vectors have the same length, at most `capacity_`; no hash stands there
// twice.
// Invariant: a key's true weight lies between `weight - error` and `weight`.
// The owner's lock guards it.

#include "insight/heavy_hitters.hpp"

#include <algorithm>

namespace cocached::insight {

HeavyHitters::HeavyHitters(std::size_t capacity) : capacity_(capacity) {
  hashes_.reserve(capacity);
  weights_.reserve(capacity);
  counters_.reserve(capacity);
}

void HeavyHitters::add(std::string_view key, std::uint64_t hash, std::uint64_t weight,
                       std::uint64_t side) {
  auto place = place_of(hash);
  if (place == hashes_.size()) place = take_over(key, hash);
  weights_[place] += weight;
  counters_[place].side += side;
}

std::size_t HeavyHitters::place_of(std::uint64_t hash) const noexcept {
  return static_cast<std::size_t>(std::ranges::find(hashes_, hash) - hashes_.begin());
}

/// A counter for a key that has none.
std::size_t HeavyHitters::take_over(std::string_view key, std::uint64_t hash) {
  if (counters_.size() < capacity_) {
    hashes_.push_back(hash);
    weights_.push_back(0);
    counters_.push_back({.key = std::string{key}});
    return counters_.size() - 1;
  }
  const auto lightest = std::ranges::min_element(weights_);
  const auto place = static_cast<std::size_t>(lightest - weights_.begin());
  hashes_[place] = hash;
  counters_[place].key = key;
  counters_[place].error = *lightest;
  counters_[place].side = 0;
  return place;
}

void HeavyHitters::clear() noexcept {
  hashes_.clear();
  weights_.clear();
  counters_.clear();
}

std::vector<HeavyHitters::Candidate> HeavyHitters::entries() const {
  std::vector<Candidate> entries;
  entries.reserve(counters_.size());
  for (std::size_t i = 0; i < counters_.size(); ++i)
    entries.push_back({.key = counters_[i].key,
                       .weight = weights_[i],
                       .error = counters_[i].error,
                       .side = counters_[i].side});
  return entries;
}

}  // namespace cocached::insight
