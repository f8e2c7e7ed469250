#pragma once

#include "server/settings.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace cocached::server {

/// The assembled server: a store, its worker threads and listeners, maintenance, and the HTTP
/// endpoint. Made listening, or not at all: the constructor throws std::system_error or
/// std::invalid_argument with a text for the user.
class Server {
 public:
  explicit Server(const Settings& settings);
  ~Server();

  /// The TCP ports it really has, in the order of the listen addresses.
  std::vector<std::uint16_t> ports() const;
  std::uint16_t http_port() const;  ///< 0: no endpoint

  /// Serves until SIGINT, SIGTERM, or a `shutdown` command: then stops accepting, answers what has
  /// arrived, closes, and returns.
  void run();

  /// Asks `run` to return; from any thread.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cocached::server
