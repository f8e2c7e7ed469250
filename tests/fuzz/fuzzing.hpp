#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// Helpers of all fuzz targets. A target is one file: libFuzzer calls its LLVMFuzzerTestOneInput
/// with ever new input, and an input that ends the process is a finding.
namespace cocached::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) noexcept {
  return {reinterpret_cast<const char*>(data), size};
}

/// Ends the process where an invariant does not hold.
inline void demand(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

/// True where `part` views bytes of `whole`, or nothing.
inline bool views(std::string_view part, std::string_view whole) noexcept {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace cocached::fuzz
