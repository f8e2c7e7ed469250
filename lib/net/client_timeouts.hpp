#pragma once

#include "base/block_pool.hpp"
#include "base/clock.hpp"
#include "command/counters.hpp"
#include "net/connection_table.hpp"
#include "net/limits/client_limits.hpp"
#include "store/store.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace cocached::net {

/// Checks the clients of one worker, about once a second: closes idle, slow and stalled ones, and
/// parks silent ones, which give their buffers back. Used by the worker's thread, except for the
/// idle timeout, which any thread may read and set. References outlive it.
class ClientTimeouts {
 public:
  static constexpr std::chrono::seconds kCheckEvery{1};

  ClientTimeouts(const ClientLimits& limits, ConnectionTable& connections, base::BlockPool& blocks,
                 store::Store& store, command::Counters& counters) noexcept
      : limits_(limits),
        idle_(limits.idle),
        connections_(connections),
        blocks_(blocks),
        store_(store),
        counters_(counters) {}

  void set_idle(std::chrono::seconds timeout) noexcept { idle_ = timeout; }  ///< 0: never
  std::chrono::seconds idle() const noexcept { return idle_; }

  void check(base::TimePoint now);

 private:
  void check_idle(base::TimePoint now);
  void check_slow(base::TimePoint now);
  void log_refused_memory();

  const ClientLimits limits_;
  std::atomic<std::chrono::seconds> idle_;
  ConnectionTable& connections_;
  base::BlockPool& blocks_;
  store::Store& store_;
  command::Counters& counters_;
  std::uint64_t refused_memory_ = 0;  // connections closed for want of memory, by the last check
};

}  // namespace cocached::net
