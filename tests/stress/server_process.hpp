#pragma once

#include "stress/target.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace cocached::stress {

/// How to start the server.
struct Launch {
  std::filesystem::path program;
  std::filesystem::path folder;  ///< for its log, its ports and its snapshot
  std::vector<std::string> flags;
};

/// The server as a child process. It dies with this program. Used by one thread.
class ServerProcess {
 public:
  /// Starts it and waits until it listens. Throws Violation if it doesn't.
  ServerProcess(const Launch& launch, std::chrono::seconds patience);
  /// Kills it if it still runs.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  const Place& place() const noexcept { return place_; }

  /// How it has ended, in words; none while it runs.
  std::optional<std::string> ended();

  /// Waits for its end. None: it runs after that time.
  std::optional<std::string> wait(std::chrono::seconds time);

  void signal(int number) const;

  std::size_t resident_bytes() const;
  std::size_t descriptors() const;

  /// True once the snapshot that was there is loaded.
  bool has_loaded() const;

  /// All that it has printed.
  std::string log() const;

 private:
  bool read_ports();

  std::filesystem::path log_file_;
  std::filesystem::path port_file_;
  pid_t process_ = -1;
  std::optional<std::string> ended_;
  Place place_;
};

/// How ended() and wait() say that all went well.
inline constexpr const char* kExitedWell = "exit code 0";

/// The report of a sanitizer or a failed assertion in what a server has printed; empty if none.
std::string report_in(const std::string& log);

}  // namespace cocached::stress
