#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace cocached::command {

/// A client's attempt to log in.
struct Credentials {
  std::string user;
  std::string password;
  std::uint64_t origin = 0;  ///< the client's host; attempts of one host are checked in turn
};

/// Decides which clients may log in. Thread-safe.
class Gatekeeper {
 public:
  using OnDecision = std::function<void(bool admitted)>;

  virtual ~Gatekeeper() = default;

  /// Checks `who` and calls `verdict` exactly once, from any thread. Returns before the check is
  /// done, because hashing a password is slow by design.
  virtual void ask(Credentials who, OnDecision verdict) = 0;
};

}  // namespace cocached::command
