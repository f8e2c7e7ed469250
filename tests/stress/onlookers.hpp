#pragma once

#include "stress/companion.hpp"

#include <optional>
#include <vector>

namespace cocached::stress {

/// Companions that only read: the HTTP endpoint, the events of `watch`, statistics in the binary
/// protocol, and values over UDP.
class Onlooker final : public Companion {
 public:
  Onlooker(unsigned number, std::uint64_t seed, Run& run);

 private:
  void leave() override { sleepers_.clear(); }

  void read_page();
  void watch();
  void watch_asleep();
  void ask_in_binary();
  void ask_over_udp();
  std::optional<Stream> start_watching();

  const unsigned number_;
  std::uint64_t writes_ = 0;
  std::vector<Stream> sleepers_;  // watchers that never read
};

}  // namespace cocached::stress
