#include "base/no_signals.hpp"

#include <initializer_list>

namespace cocached::base {

namespace {

sigset_t all_but_faults() noexcept {
  sigset_t signals;
  sigfillset(&signals);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS})
    sigdelset(&signals, fault);
  return signals;
}

}  // namespace

NoSignals::NoSignals() noexcept {
  const sigset_t blocked = all_but_faults();
  pthread_sigmask(SIG_SETMASK, &blocked, &before_);
}

NoSignals::~NoSignals() {
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void block_signals() noexcept {
  const sigset_t blocked = all_but_faults();
  pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
}

}  // namespace cocached::base
