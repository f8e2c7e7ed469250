#pragma once

#include "server/reload.hpp"
#include "server/settings.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cocached::server {

/// An address at which a server listens.
struct ServerAddress {
  std::string address;  ///< numbers, without brackets
  std::uint16_t port = 0;
  bool v6 = false;
};

/// `127.0.0.1:11211`, `[::1]:11211`
std::string to_string(const ServerAddress& endpoint);

/// The assembled server: a store, its worker threads and listeners, maintenance, and the HTTP
/// endpoint. Made listening, or not at all: the constructor throws a std::exception
/// with a text for the user, std::invalid_argument for settings that no server can have. It starts
/// no threads, so that the process may still fork; `run` does.
class Server {
 public:
  explicit Server(const Settings& settings);
  ~Server();

  /// The TCP addresses it listens on, with the real ports, in the order of `settings.listen`.
  std::vector<ServerAddress> endpoints() const;

  /// The same for UDP.
  std::vector<ServerAddress> udp_endpoints() const;

  /// The same for HTTP; nothing where there is no endpoint.
  std::optional<ServerAddress> http_endpoint() const;

  /// To be called by the user that the process will stay: throws a std::exception, with a text for
  /// the user, if a snapshot is wished that can't be written. Else `run` does so.
  void claim_files();

  /// Returns the files that SIGHUP reads again while the server runs.
  Reload& reload();

  /// Takes what can change while serving from `settings`, where it differs from what was given
  /// before: the memory limit, the verbosity, the idle timeout, the snapshots' interval. Throws
  /// std::invalid_argument, with a text for the user, and changes nothing, for settings that no
  /// server can have. One thread at a time.
  void apply(const Settings& settings);

  /// Serves until SIGINT, SIGTERM, SIGUSR1, `stop`, or a `shutdown` command: then stops accepting,
  /// answers what has arrived, closes, within `settings.drain_timeout` or until a second signal,
  /// saves a snapshot if there is to be one, and returns. Throws std::runtime_error at the very end
  /// where that snapshot is not saved. From its end on the calling thread takes no signals: one
  /// more SIGTERM does not end a process that ends well. Once only.
  void run();

  /// Makes `run` return. Any thread may call it, also before `run`.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cocached::server
