#include "stress/value.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace cocached::stress {
namespace {

/// The finalizer of splitmix64.
std::uint64_t mix(std::uint64_t n) {
  n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9U;
  n = (n ^ (n >> 27)) * 0x94d049bb133111ebU;
  return n ^ (n >> 31);
}

/// FNV-1a, so that the server's own hash plays no part.
std::uint64_t hash(std::string_view bytes) {
  std::uint64_t sum = 0xcbf29ce484222325U;
  for (const char byte : bytes) sum = (sum ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
  return sum;
}

void draw_bytes(char* to, std::size_t size, std::uint64_t seed) {
  for (std::size_t done = 0; done < size; done += sizeof seed) {
    const std::uint64_t word = mix(seed += 0x9e3779b97f4a7c15U);
    std::memcpy(to + done, &word, std::min(sizeof word, size - done));
  }
}

}  // namespace

std::string make_value(std::string_view key, std::uint64_t version, std::size_t size) {
  std::string value(size, '\0');
  const std::uint64_t seed = mix(hash(key) ^ mix(version) ^ mix(~std::uint64_t{size}));
  if (size < kValueHeader) {
    draw_bytes(value.data(), size, seed);
    return value;
  }
  const std::uint64_t header[]{version, size};
  std::memcpy(value.data(), header, kValueHeader);
  draw_bytes(value.data() + kValueHeader, size - kValueHeader, seed);
  return value;
}

bool is_value_of(std::string_view value, std::string_view key, std::uint64_t version) {
  return value == make_value(key, version, value.size());
}

std::optional<std::uint64_t> version_in(std::string_view value) {
  if (value.size() < kValueHeader) return std::nullopt;
  std::uint64_t version = 0;
  std::memcpy(&version, value.data(), sizeof version);
  return version;
}

std::uint32_t flags_of(std::string_view key, std::uint64_t version) {
  return static_cast<std::uint32_t>(mix(hash(key) + version));
}

std::string printable(std::string_view bytes, std::size_t most) {
  std::string text;
  for (const char byte : bytes.substr(0, most)) {
    if (byte >= ' ' && byte <= '~')
      text += byte;
    else
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
  }
  return bytes.size() > most ? text + "..." : text;
}

std::string describe_value(std::string_view value, std::string_view key) {
  auto text = fmt::format("{} bytes, {}", value.size(), printable(value, 40));
  const auto version = version_in(value);
  if (!version) return text;
  const auto promised = make_value(key, *version, value.size());
  const auto differs = std::ranges::mismatch(value, promised).in1 - value.begin();
  return fmt::format("{}; version {:x}, and {}", text, *version,
                     std::size_t(differs) == value.size()
                         ? "whole"
                         : fmt::format("torn or another key's from byte {} on", differs));
}

}  // namespace cocached::stress
