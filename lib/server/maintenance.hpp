#pragma once

#include "base/clock.hpp"
#include "store/store.hpp"

#include <thread>

namespace cocached::server {

/// The thread that gives the store its background time. Both arguments must outlive it.
class Maintenance {
 public:
  Maintenance(store::Store& store, const base::Clock& clock) : store_(store), clock_(clock) {}

  void start();
  void stop();  ///< waits for the thread; also done by the destructor

 private:
  bool maintain() noexcept;
  void run(const std::stop_token& stop);

  store::Store& store_;
  const base::Clock& clock_;
  std::jthread thread_;
};

}  // namespace cocached::server
