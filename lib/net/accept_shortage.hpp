#pragma once

#include "base/log.hpp"

#include <string_view>
#include <utility>

namespace cocached::net {

/// A time in which the system has no descriptors (EMFILE, ENFILE) or no memory for new clients.
/// Logs its beginning and its end, once each. Used by the accepting thread.
class AcceptShortage {
 public:
  /// `prefix`, a literal, stands before the lines.
  explicit AcceptShortage(std::string_view prefix = {}) noexcept : prefix_(prefix) {}

  void began(std::string_view reason) noexcept {
    if (!std::exchange(lasts_, true))
      base::log_warning("{}cannot accept connections: {}", prefix_, reason);
  }
  void ended() noexcept {
    if (std::exchange(lasts_, false)) base::log_info("{}accepting connections again", prefix_);
  }

 private:
  std::string_view prefix_;
  bool lasts_ = false;
};

}  // namespace cocached::net
