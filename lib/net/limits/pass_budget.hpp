#pragma once

namespace cocached::net {

/// The passes that one connection may make without waiting before other connections, and timers,
/// have a turn. A pass answers, writes or reads once, and moves about 1 MiB at most; each but the
/// first has cost a system call or two.
///
/// Used by one thread.
class PassBudget {
 public:
  static constexpr unsigned kPasses = 16;

  void begin() noexcept { spent_ = 0; }
  void spend() noexcept { ++spent_; }
  bool are_spent() const noexcept { return spent_ >= kPasses; }

 private:
  unsigned spent_ = 0;
};

}  // namespace cocached::net
