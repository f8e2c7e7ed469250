#pragma once

#include <chrono>

namespace cocached::net {

/// Whether a worker stops, and until when its connections may go on. Changed and read by the
/// worker's thread alone.
struct Stopping {
  bool begun = false;  ///< connections answer what has arrived, then close
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();

  /// True: every connection ends now, whatever it still has to answer or to send. The worker's
  /// timer closes those that wait; one that is at work asks by itself, since the timer waits for
  /// its turn.
  bool is_over() const noexcept { return begun && std::chrono::steady_clock::now() >= deadline; }
};

}  // namespace cocached::net
