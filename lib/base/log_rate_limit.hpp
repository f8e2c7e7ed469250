#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

namespace cocached::base {

/// Lets a number of lines through in each second. One thread at a time.
class LogRateLimit {
 public:
  /// 0: all.
  explicit LogRateLimit(unsigned per_second) : per_second_(per_second) {}

  struct LineDecision {
    bool write;
    std::uint64_t left_out;  ///< in the second before, and not said so yet
  };

  /// Decides whether one line is written at `now`, and counts the line.
  LineDecision ask(std::chrono::seconds now) noexcept {
    std::uint64_t before = 0;
    if (now != second_) {
      second_ = now;
      written_ = 0;
      before = std::exchange(left_out_, 0);
    }
    const bool write = per_second_ == 0 || written_ < per_second_;
    ++(write ? written_ : left_out_);
    return {write, before};
  }

 private:
  const unsigned per_second_;
  std::chrono::seconds second_{-1};
  std::uint64_t written_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace cocached::base
