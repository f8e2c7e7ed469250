#pragma once

#include "stress/companion.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace cocached::stress {

/// Writes far more than there is room for, so that all shards evict at once, and reads some of it
/// again.
class Filler final : public Companion {
 public:
  Filler(unsigned number, std::uint64_t seed, Run& run);

 private:
  void leave() override { link_.reset(); }

  void write_much(std::size_t largest);
  void read_again();
  std::string draw_key();

  const unsigned number_;
  std::optional<Stream> link_;
  std::uint64_t writes_ = 0;
};

}  // namespace cocached::stress
