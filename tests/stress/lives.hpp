#pragma once

#include "stress/options.hpp"
#include "stress/random.hpp"
#include "stress/run.hpp"
#include "stress/server_process.hpp"

namespace cocached::stress {

/// Starts the server, lets the clients press it, stops it under load, and starts it again with its
/// snapshot, until the time is over or something is found.
class Lives {
 public:
  Lives(const Options& options, Run& run);

  void live();

 private:
  void live_once(Clock::time_point until);
  Launch launch();
  void watch(ServerProcess& server, Clock::time_point until);
  void examine(ServerProcess& server);
  void settle(ServerProcess& server, std::size_t descriptors_when_idle);
  void stop(ServerProcess& server);
  void insist(const ServerProcess& server);
  void judge(const ServerProcess& server, const std::string& how);

  const Options options_;
  Run& run_;
  Random random_;
  unsigned life_ = 0;
  unsigned history_ = 1;
};

}  // namespace cocached::stress
