#pragma once

namespace cocached::test {

/// Makes one allocation fail, after `successes` more have succeeded. Counts operator new and
/// aligned_alloc (Asio's operations and frames) of all threads that are not spared. Only one test
/// may use it at a time. Programs that link cocached_failing_allocation have both functions
/// replaced.
void fail_allocation_after(long successes) noexcept;

/// Lets all allocations succeed again. Returns true if one has failed.
bool stop_failing_allocations() noexcept;

/// Spares the thread on which it lives.
class SparedThread {
 public:
  SparedThread() noexcept;
  ~SparedThread();
  SparedThread(const SparedThread&) = delete;
  SparedThread& operator=(const SparedThread&) = delete;
};

}  // namespace cocached::test
