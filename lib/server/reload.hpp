#pragma once

#include "base/thread_annotations.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cocached::server {

/// The files that can be read again while serving: an object that was read from a file adds it
/// here, and SIGHUP reads it all.
class Reload {
 public:
  /// Reads again, completely, before it changes anything: where it throws a std::exception, with a
  /// text for the user, what was read before stays. Called by any thread, never by two at once.
  /// Paths must be absolute, for a daemon has changed its directory.
  using Reader = std::function<void()>;

  /// `name` says what it reads, and stands in the log: "certificates".
  void add(std::string name, Reader action);

  /// Reads everything, in the order in which it was added. What fails is logged and doesn't keep
  /// the rest from being read. False if anything failed.
  bool run_all();

  /// Reads only what was added as `name`, which must exist; throws what its action throws.
  void run(std::string_view name);

 private:
  struct Reloadable {
    std::string name;
    Reader action;
  };

  base::Mutex mutex_;
  std::vector<Reloadable> entries_ COCACHED_GUARDED_BY(mutex_);
};

}  // namespace cocached::server
