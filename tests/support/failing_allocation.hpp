#pragma once

namespace cocached::test {

/// Lets one allocation fail: that which comes after `successes` more, by operator new or by
/// aligned_alloc (Asio's operations and frames), of any thread that is not spared. One test at a
/// time. Programs that link cocached_failing_allocation have these replaced.
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
