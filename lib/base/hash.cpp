#include "base/hash.hpp"

#include <random>

#define XXH_INLINE_ALL  // the library's own switch for its header-only form
#include <xxhash.h>

namespace cocached::base {
namespace {

std::uint64_t draw_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

const std::uint64_t process_seed = draw_seed();

}  // namespace

std::uint64_t hash(std::string_view bytes) noexcept {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), process_seed);
}

std::uint64_t checksum(std::string_view bytes, std::uint64_t seed) noexcept {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace cocached::base
