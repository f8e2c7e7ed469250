#pragma once

#include "http/message.hpp"

#include <cstddef>
#include <cstdint>
#include <map>

namespace cocached::http {

/// The HTTP endpoint's own figures. Counters grow from its start.
struct Traffic {
  std::size_t open = 0;        ///< connections, when the last answer was made
  std::uint64_t accepted = 0;  ///< connections
  std::uint64_t gave_way = 0;  ///< connections closed to make room for others
  std::uint64_t refused =
      0;  ///< connections, with 503: all others were being answered, or there was no memory
  std::uint64_t shortages = 0;                  ///< of descriptors or memory: accepting rested
  std::map<unsigned, std::uint64_t> answers{};  ///< by status: those few that routes give

  void count(HttpStatus status) { ++answers[static_cast<unsigned>(status)]; }
};

}  // namespace cocached::http
