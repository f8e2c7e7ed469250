#pragma once

#include "command/environment.hpp"
#include "command/stats/stat_sink.hpp"

namespace cocached::command {

/// A reply of many lines that is made a piece at a time: the next piece when the last one is sent.
/// Items, connections and namespaces that come or go meanwhile may be in it or not.
class Listing {
 public:
  enum class Left : std::uint8_t {
    nothing,
    lines,  ///< more of them, which cost little
    walk,   ///< a walk over the store, in which other connections have turns
  };

  virtual ~Listing() = default;

  /// Writes the next few lines, which may be none. Throws base::NoMoreMemory.
  virtual Left write(StatSink& sink, Environment& environment, store::TimePoint now) = 0;

  /// The rest waits for the client to read: books what is kept until then, where that is much.
  /// Throws base::NoMoreMemory.
  virtual void book_rest() {}
};

}  // namespace cocached::command
