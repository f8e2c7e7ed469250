#include "insight/heavy_hitters.hpp"

#include <algorithm>

namespace cocached::insight {

HeavyHitters::HeavyHitters(std::size_t capacity) : capacity_(capacity) {
  hashes_.reserve(capacity);
  entries_.reserve(capacity);
}

void HeavyHitters::add(std::string_view key, std::uint64_t hash, std::uint64_t weight,
                       std::uint64_t side) {
  auto place = place_of(hash);
  if (place == hashes_.size()) place = take_over(key, hash);
  entries_[place].weight += weight;
  entries_[place].side += side;
}

std::size_t HeavyHitters::place_of(std::uint64_t hash) const noexcept {
  return static_cast<std::size_t>(std::ranges::find(hashes_, hash) - hashes_.begin());
}

/// A counter for a key that has none.
std::size_t HeavyHitters::take_over(std::string_view key, std::uint64_t hash) {
  if (entries_.size() < capacity_) {
    hashes_.push_back(hash);
    entries_.push_back({.key = std::string{key}});
    return entries_.size() - 1;
  }
  const auto lightest = std::ranges::min_element(entries_, {}, &Entry::weight);
  lightest->key = key;
  lightest->error = lightest->weight;
  lightest->side = 0;
  const auto place = static_cast<std::size_t>(lightest - entries_.begin());
  hashes_[place] = hash;
  return place;
}

void HeavyHitters::clear() noexcept {
  hashes_.clear();
  entries_.clear();
}

}  // namespace cocached::insight
