// Every allocation of a login fails once: each client is answered, and the next one is served.

#include "server/password_gate.hpp"
#include "tests/support/failing_allocation.hpp"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <new>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

namespace cocached::server {
namespace {

TEST(LoginAllocationTest, APushThatFailsLeavesTheQueueAsItWas) {
  constexpr std::size_t kPushes = 40;  // more than a block of a deque holds
  bool failed = true;
  for (long successes = 0; failed; ++successes) {
    LoginQueue queue;
    std::size_t pushed = 0;
    failed = false;
    test::fail_allocation_after(successes);
    for (std::size_t i = 0; i < kPushes; ++i) {
      LoginAttempt attempt{{.user = "ann", .password = "one", .origin = i % 3}, {}};
      try {
        queue.push(std::move(attempt));
        ++pushed;
      } catch (const std::bad_alloc&) {
        failed = true;
        EXPECT_EQ(attempt.who.password, "one");
      }
    }
    test::fail_allocation_after(0);  // pop() needs none
    EXPECT_EQ(queue.size(), pushed);
    for (; pushed > 0; --pushed) EXPECT_TRUE(queue.pop());
    EXPECT_FALSE(queue.pop());
    test::stop_failing_allocations();
  }
}

TEST(LoginAllocationTest, EachClientIsAnsweredOnce) {
  namespace fs = std::filesystem;
  const auto path = fs::temp_directory_path() / ("cocached-login-" + std::to_string(::getpid()));
  std::ofstream{path} << "ann:one\n";
  bool failed = true;
  for (long successes = 0; failed; ++successes) {
    PasswordGate gate{path.string()};
    gate.start();
    constexpr int kAttempts = 12;
    std::atomic<int> answered{0};
    const auto wait_for = [&](int count) {
      const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{5};
      while (answered < count && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    };
    test::fail_allocation_after(successes);
    for (int i = 0; i < kAttempts; ++i)
      gate.ask({.user = "ann", .password = "one", .origin = static_cast<std::uint64_t>(i % 3)},
               [&](bool) { ++answered; });
    wait_for(kAttempts);
    failed = test::stop_failing_allocations();
    ASSERT_EQ(answered, kAttempts) << successes;
    std::atomic<bool> admitted{false};
    gate.ask({.user = "ann", .password = "one"}, [&](bool verdict) {
      admitted = verdict;
      ++answered;
    });
    wait_for(kAttempts + 1);
    EXPECT_TRUE(admitted) << successes;
  }
  fs::remove(path);
}

}  // namespace
}  // namespace cocached::server
