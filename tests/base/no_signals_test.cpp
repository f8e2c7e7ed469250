#include "base/no_signals.hpp"

#include <csignal>
#include <thread>

#include <gtest/gtest.h>

namespace cocached::base {
namespace {

bool is_blocked(int signal) {
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  return sigismember(&mask, signal) == 1;
}

TEST(NoSignals, InThreadsThatAreStartedMeanwhile) {
  bool term = false;
  bool fault = true;
  {
    const NoSignals in_threads;
    std::thread{[&] {
      term = is_blocked(SIGTERM) && is_blocked(SIGHUP) && is_blocked(SIGUSR1);
      fault = is_blocked(SIGSEGV);
    }}.join();
  }
  EXPECT_TRUE(term);
  EXPECT_FALSE(fault);
  EXPECT_FALSE(is_blocked(SIGTERM));
}

TEST(NoSignals, ForGood) {
  bool term = false;
  bool fault = true;
  std::thread{[&] {
    block_signals();
    term = is_blocked(SIGTERM) && is_blocked(SIGINT);
    fault = is_blocked(SIGSEGV);
  }}.join();
  EXPECT_TRUE(term);
  EXPECT_FALSE(fault);
  EXPECT_FALSE(is_blocked(SIGTERM));
}

}  // namespace
}  // namespace cocached::base
