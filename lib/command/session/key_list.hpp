#pragma once

#include "command/execute/executor.hpp"
#include "protocol/input_buffer.hpp"
#include "protocol/request.hpp"

namespace cocached::command {

/// A line of keys that is longer than a block of the input, and is answered as its keys arrive.
///
///     get k1 k2 ... k3000 k3001 k30|          the input: one block
///         | answered and consumed | the rest of the last key is still to come
///
/// Such a line may have any length. Keys before one that is too long have their answers; the error
/// follows them, and the rest of the line is skipped. A line that is skipped may be a request line
/// of HTTP, `get /<long target> HTTP/1.1`: its target is no key, and its end tells.
class KeyList {
 public:
  enum class State : std::uint8_t {
    more_input,  ///< all keys that have arrived are answered
    batch_full,
    turn_over,  ///< other connections have a turn before more keys are answered
    over,       ///< the line has ended
    hang_up,    ///< it was a browser's, whose headers and body must not be executed
  };

  /// A list without its keys.
  explicit KeyList(const protocol::Get& list) noexcept : list_(list) {}

  /// Answers none of the keys.
  void skip() noexcept { skips_ = true; }

  /// Answers the keys that `input` starts with, which is at least one pass over the line's rest.
  State answer(protocol::InputBuffer& input, Executor& executor);

 private:
  State skip_rest(protocol::InputBuffer& input) noexcept;
  void refuse(Executor& executor);

  protocol::Get list_;
  bool any_ = false;    // a key has been seen
  bool skips_ = false;  // the rest of the line is skipped
};

}  // namespace cocached::command
