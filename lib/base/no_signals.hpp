#pragma once

#include <csignal>

namespace cocached::base {

/// While it lives, the calling thread takes no signals, except those of its own faults; nor do the
/// threads that it starts meanwhile, ever. So signals come to the one thread that waits for them,
/// and never to one that is just beginning.
class NoSignals {
 public:
  NoSignals() noexcept;
  ~NoSignals();
  NoSignals(const NoSignals&) = delete;
  NoSignals& operator=(const NoSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace cocached::base
