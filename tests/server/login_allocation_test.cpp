// Every allocation of a login fails once: each client is answered, and the next one is served.

#include "server/password_gate.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

namespace {

/// How many more allocations succeed before one fails; negative: all do.
std::atomic<long> login_allocations_left{-1};

bool login_allocation_fails() noexcept {
  if (login_allocations_left.load(std::memory_order_relaxed) < 0) return false;
  return login_allocations_left.fetch_sub(1, std::memory_order_relaxed) == 0;
}

}  // namespace

void* operator new(std::size_t size) {
  auto* memory = login_allocation_fails() ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc{};
  return memory;
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

/// Asio asks for the memory of its operations here.
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  void* memory = nullptr;
  if (login_allocation_fails() ||
      ::posix_memalign(&memory, std::max(alignment, sizeof(void*)), size) != 0)
    return nullptr;
  return memory;
}

namespace cocached::server {
namespace {

TEST(LoginAllocationTest, APushThatFailsLeavesTheQueueAsItWas) {
  constexpr std::size_t kPushes = 40;  // more than a block of a deque holds
  bool failed = true;
  for (long successes = 0; failed; ++successes) {
    LoginQueue queue;
    std::size_t pushed = 0;
    failed = false;
    login_allocations_left = successes;
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
    login_allocations_left = 0;  // pop() needs none
    EXPECT_EQ(queue.size(), pushed);
    for (; pushed > 0; --pushed) EXPECT_TRUE(queue.pop());
    EXPECT_FALSE(queue.pop());
    login_allocations_left = -1;
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
    login_allocations_left = successes;
    for (int i = 0; i < kAttempts; ++i)
      gate.ask({.user = "ann", .password = "one", .origin = static_cast<std::uint64_t>(i % 3)},
               [&](bool) { ++answered; });
    wait_for(kAttempts);
    failed = login_allocations_left.exchange(-1) < 0;
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
