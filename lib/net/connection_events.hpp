#pragma once

#include "command/watch/watchers.hpp"

#include <string_view>

namespace cocached::net {

/// Shows those who watch that a connection has come, and why it went. On its worker's thread.
class ConnectionEvents {
 public:
  /// `watchers`, if there are any, and `stopping`, of the worker, outlive it.
  ConnectionEvents(command::Watchers* watchers, int descriptor, const bool& stopping);
  ~ConnectionEvents();
  ConnectionEvents(const ConnectionEvents&) = delete;
  ConnectionEvents& operator=(const ConnectionEvents&) = delete;

  void failed() noexcept { reason_ = "error"; }
  void idle() noexcept { reason_ = "idle_timeout"; }

 private:
  bool is_watched() const noexcept {
    return watchers_ != nullptr && watchers_->shows(command::Topic::connevents);
  }

  command::Watchers* watchers_;
  const int descriptor_;
  const bool& stopping_;
  std::string_view reason_ = "normal";
};

}  // namespace cocached::net
