#include "base/thread_annotations.hpp"

#include <array>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

namespace cocached::base {
namespace {

class Counter {
 public:
  void add(int n) COCACHED_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    add_locked(n);
  }

  [[nodiscard]] bool try_add(int n) COCACHED_EXCLUDES(mutex_) {
    if (!mutex_.try_lock()) return false;
    const MutexLock lock(mutex_, std::adopt_lock);
    add_locked(n);
    return true;
  }

  [[nodiscard]] int total() COCACHED_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    return total_;
  }

  [[nodiscard]] Mutex& mutex() COCACHED_RETURN_CAPABILITY(mutex_) { return mutex_; }

 private:
  void add_locked(int n) COCACHED_REQUIRES(mutex_) { total_ += n; }

  Mutex mutex_;
  int total_ COCACHED_GUARDED_BY(mutex_) = 0;
};

TEST(MutexTest, CostsNoMoreThanTheStandardOne) {
  EXPECT_EQ(sizeof(Mutex), sizeof(std::mutex));
}

TEST(MutexTest, OneThreadAtATime) {
  constexpr int kRounds = 10'000;
  Counter counter;
  {
    std::array<std::jthread, 4> threads;
    for (auto& thread : threads) {
      thread = std::jthread([&counter] {
        for (int i = 0; i < kRounds; ++i) counter.add(1);
      });
    }
  }
  EXPECT_EQ(counter.total(), 4 * kRounds);
}

TEST(MutexTest, TryLockFailsWhileAnotherThreadHoldsIt) {
  Counter counter;
  {
    const MutexLock lock(counter.mutex());
    std::jthread([&counter] { EXPECT_FALSE(counter.try_add(1)); }).join();
  }
  EXPECT_TRUE(counter.try_add(2));
  EXPECT_EQ(counter.total(), 2);
}

}  // namespace
}  // namespace cocached::base
