#pragma once

#include "command/environment.hpp"
#include "command/stats/stat_sink.hpp"

namespace cocached::command {

/// A reply of many lines that is made piece by piece: the next piece after the last one is sent. An
/// item, connection or namespace that comes or goes meanwhile may be listed or not. Used by one
/// thread.
class Listing {
 public:
  /// The work that is left after a piece.
  enum class Left : std::uint8_t {
    nothing,
    lines,  ///< more lines, which are cheap to write
    walk,   ///< more of a walk over the store; other connections have a turn first
  };

  virtual ~Listing() = default;

  /// Writes the next few lines, or none. Throws base::NoMoreMemory.
  virtual Left write(StatSink& sink, Environment& environment, store::TimePoint now) = 0;

  /// Books the memory of the rest, if it is much: the rest waits until the client has read. Throws
  /// base::NoMoreMemory.
  virtual void book_rest() {}
};

}  // namespace cocached::command
