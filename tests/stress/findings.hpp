#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace cocached::stress {

/// A reply that the protocol, or the state of the cache, does not allow. Ends the connection.
class Violation : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The server has closed the connection, or refuses it.
class Closed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Nothing has moved for as long as --patience allows.
class Hung : public Violation {
 public:
  using Violation::Violation;
};

/// Everything that is wrong, and how much was done. Any thread.
class Findings {
 public:
  /// One finding, and who made it. The first one ends the run.
  void add(const std::string& who, const std::string& what);
  bool any() const noexcept { return any_; }
  std::vector<std::string> all() const;

  /// Adds to a figure of the final report.
  void count(const std::string& what, std::uint64_t n = 1);
  std::map<std::string, std::uint64_t> counts() const;

 private:
  std::atomic<bool> any_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> all_;
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace cocached::stress
