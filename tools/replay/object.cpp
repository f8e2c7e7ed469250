#include "replay/object.hpp"

#include <charconv>
#include <cmath>
#include <random>
#include <stdexcept>

#include <fmt/format.h>

namespace cocached::replay {
namespace {

constexpr std::size_t kOffsets = std::size_t{1} << 20;

/// The finaliser of splitmix64: every bit of the key moves every bit of the result.
constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

std::size_t parse_size(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0) {
    throw std::invalid_argument{fmt::format("not a size in bytes: '{}'", text)};
  }
  return value;
}

}  // namespace

ObjectSizes::ObjectSizes(std::size_t min, std::size_t max) : min_{min}, max_{max} {
  if (min > max) throw std::invalid_argument{"sizes: the smallest is larger than the largest"};
}

ObjectSizes ObjectSizes::parse(const std::string& text) {
  const std::string_view view = text;
  const auto dash = view.find('-');
  const auto min = parse_size(view.substr(0, dash));
  return {min, dash == view.npos ? min : parse_size(view.substr(dash + 1))};
}

std::size_t ObjectSizes::of(std::uint32_t key) const {
  if (min_ == max_) return min_;
  const auto uniform = static_cast<double>(mix(key) >> 11) * 0x1p-53;
  const auto low = static_cast<double>(min_);
  return static_cast<std::size_t>(low * std::pow(static_cast<double>(max_) / low, uniform));
}

Objects::Objects(ObjectSizes sizes) : sizes_{sizes}, pool_(kOffsets + sizes.max(), '\0') {
  std::mt19937_64 random{};  // the default seed: the same values in every run
  for (auto& byte : pool_) byte = static_cast<char>(random());
}

std::string Objects::key(std::uint32_t key) {
  return fmt::format("k:{:08x}", key);
}

std::string_view Objects::value(std::uint32_t key) const {
  return std::string_view{pool_}.substr(mix(mix(key)) % kOffsets, size(key));
}

}  // namespace cocached::replay
