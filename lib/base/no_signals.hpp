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

/// From now on the calling thread takes no signals, except those of its own faults. For the end of
/// a process: a signal that comes after its handlers are gone would end it as if it had failed.
void block_signals() noexcept;

}  // namespace cocached::base
