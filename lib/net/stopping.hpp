#pragma once

#include <chrono>

namespace cocached::net {

/// The stop of a worker, and the time until which its connections may go on. Used by the worker's
/// thread.
struct Stopping {
  bool begun = false;  ///< connections answer what has arrived, then close
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();

  /// True if every connection ends now, even with requests unanswered or replies unsent. The
  /// worker's timer closes connections that wait. A busy connection asks here, because the timer
  /// waits for its own turn.
  bool is_over() const noexcept { return begun && std::chrono::steady_clock::now() >= deadline; }
};

}  // namespace cocached::net
