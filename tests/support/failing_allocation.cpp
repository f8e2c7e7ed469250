#include "tests/support/failing_allocation.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

namespace cocached::test {
namespace {

std::atomic<long> successes_left{-1};  // negative: none fails, or one has failed
thread_local bool is_spared = false;

bool fails_now() noexcept {
  if (is_spared || successes_left.load(std::memory_order_relaxed) < 0) return false;
  return successes_left.fetch_sub(1, std::memory_order_relaxed) == 0;
}

}  // namespace

void fail_allocation_after(long successes) noexcept {
  successes_left = successes;
}

bool stop_failing_allocations() noexcept {
  return successes_left.exchange(-1) < 0;
}

SparedThread::SparedThread() noexcept {
  is_spared = true;
}

SparedThread::~SparedThread() {
  is_spared = false;
}

}  // namespace cocached::test

void* operator new(std::size_t size) {
  auto* memory = cocached::test::fails_now() ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc{};
  return memory;
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  void* memory = nullptr;
  const bool failed = cocached::test::fails_now() ||
                      ::posix_memalign(&memory, std::max(alignment, sizeof(void*)), size) != 0;
  return failed ? nullptr : memory;
}
