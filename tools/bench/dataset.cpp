#include "bench/dataset.hpp"

#include "bench/random.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>

namespace cocached::bench {
namespace {

constexpr std::size_t kStampSize = 8;
constexpr std::size_t kOffsets = 4096;  // small, so that checking short values stays in the cache
constexpr std::size_t kLongestKey = 250;

std::array<char, kStampSize> stamp(std::uint64_t number) noexcept {
  const std::uint64_t mixed = mix(number);
  std::array<char, kStampSize> bytes;
  std::memcpy(bytes.data(), &mixed, bytes.size());
  return bytes;
}

std::string make_pattern(std::size_t size) {
  std::string pattern(size, '\0');
  Random random(0x70617474);
  std::generate(pattern.begin(), pattern.end(), [&] { return static_cast<char>(random.next()); });
  return pattern;
}

}  // namespace

Dataset::Dataset(std::uint64_t keys, std::size_t key_size, SizeRange value_size)
    : keys_(keys), pattern_(make_pattern(value_size.high + kOffsets)) {
  const std::size_t shortest = 1 + std::to_string(keys - 1).size();
  if (key_size < shortest || key_size > kLongestKey) {
    throw std::invalid_argument(
        fmt::format("{} keys need --key-size {} to {}", keys, shortest, kLongestKey));
  }
  key_template_ = "k" + std::string(key_size - 1, '0');
  // Log-uniform, but an empty value has no logarithm: count from one.
  const double low = static_cast<double>(value_size.low + 1);
  const double ratio = static_cast<double>(value_size.high + 1) / low;
  for (std::size_t step = 0; step < kSizeSteps; ++step) {
    const double quantile = static_cast<double>(step) / (kSizeSteps - 1);
    sizes_[step] = static_cast<std::size_t>(std::llround(low * std::pow(ratio, quantile))) - 1;
  }
}

void Dataset::write_key(std::uint64_t number, char* out) const noexcept {
  std::memcpy(out, key_template_.data(), key_template_.size());
  for (char* digit = out + key_template_.size(); number != 0; number /= 10) {
    *--digit = static_cast<char>('0' + number % 10);
  }
}

void Dataset::append_key(std::uint64_t number, std::string& out) const {
  const std::size_t end = out.size();
  out.resize(end + key_template_.size());
  write_key(number, out.data() + end);
}

bool Dataset::is_key(std::uint64_t number, std::string_view text) const noexcept {
  std::array<char, kLongestKey> expected;
  write_key(number, expected.data());
  return text == std::string_view(expected.data(), key_template_.size());
}

std::size_t Dataset::value_size(std::uint64_t number) const noexcept {
  return sizes_[(mix(number) >> 32) % kSizeSteps];
}

std::string_view Dataset::tail(std::uint64_t number) const noexcept {
  const std::size_t size = value_size(number);
  if (size <= kStampSize) return {};
  return std::string_view(pattern_).substr(mix(number) % kOffsets, size - kStampSize);
}

void Dataset::append_value(std::uint64_t number, std::string& out) const {
  out.append(stamp(number).data(), std::min(value_size(number), kStampSize));
  out.append(tail(number));
}

bool Dataset::matches(std::uint64_t number, std::size_t position,
                      std::string_view part) const noexcept {
  if (position + part.size() > value_size(number)) return false;
  if (position < kStampSize) {
    const auto head = stamp(number);
    const std::size_t size = std::min(part.size(), kStampSize - position);
    if (std::memcmp(part.data(), head.data() + position, size) != 0) return false;
    part.remove_prefix(size);
    position += size;
  }
  return part.empty() || tail(number).substr(position - kStampSize, part.size()) == part;
}

}  // namespace cocached::bench
