#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace cocached::command {

/// What a client says to be let in.
struct Credentials {
  std::string user;
  std::string password;
  std::uint64_t origin = 0;  ///< clients of the same one wait for one another
};

/// Knows who may come in. Thread-safe.
class Gatekeeper {
 public:
  using OnDecision = std::function<void(bool admitted)>;

  virtual ~Gatekeeper() = default;

  /// Finds out in its own time, for hashing a password is meant to be slow, and calls `verdict`
  /// once, from whatever thread.
  virtual void ask(Credentials who, OnDecision verdict) = 0;
};

}  // namespace cocached::command
