#pragma once

#include "stress/companion.hpp"

#include <optional>
#include <vector>

namespace cocached::stress {

/// Those who only look: at the HTTP endpoint, at what `watch` shows, at statistics in the binary
/// protocol; and at values over UDP.
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
