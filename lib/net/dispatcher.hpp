#pragma once

#include "command/counters.hpp"
#include "net/limits/connection_limit.hpp"
#include "net/worker.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace cocached::net {

/// Hands new connections to the workers in turn, up to a limit. Used by the accepting thread; any
/// thread may read the figures.
class Dispatcher {
 public:
  /// `refuse_at_once`: a client over the limit gets an error and is closed; otherwise it waits in
  /// the listen queue. A `max_per_address` of 0 is no limit.
  Dispatcher(std::vector<std::unique_ptr<Worker>>& workers, unsigned max_connections,
             bool refuse_at_once, unsigned max_per_address = 0)
      : workers_(workers),
        addresses_(max_per_address),
        limit_(max_connections),
        refuse_at_once_(refuse_at_once) {}

  /// The worker whose turn it is.
  Worker& next() noexcept { return *workers_[turn_++ % workers_.size()]; }

  ConnectionLimit& limit() noexcept { return limit_; }
  const ConnectionLimit& limit() const noexcept { return limit_; }
  bool refuses_at_once() const noexcept { return refuse_at_once_; }

  /// Returns the client's share of the limits; none after a refusal, which the client has been
  /// told.
  std::optional<ConnectionLimit::Share> admit(Socket& socket);

  /// Counts that accepting pauses: for a shortage of descriptors or memory, or at the limit.
  void pause_began(bool shortage) noexcept;
  void pause_ended(std::chrono::microseconds time) noexcept;

  const command::Counters& counters() const noexcept { return counters_; }
  bool accepting() const noexcept { return accepting_.load(std::memory_order_relaxed); }
  std::uint64_t pauses() const noexcept { return pauses_.load(std::memory_order_relaxed); }
  std::uint64_t paused_microseconds() const noexcept {
    return paused_us_.load(std::memory_order_relaxed);
  }

 private:
  std::optional<AddressLimit::Share> share_of(const Socket& socket);
  std::optional<ConnectionLimit::Share> refuse(Socket& socket, command::Count reason);

  std::vector<std::unique_ptr<Worker>>& workers_;
  AddressLimit addresses_;
  ConnectionLimit limit_;
  const bool refuse_at_once_;
  std::size_t turn_ = 0;
  command::Counters counters_;
  std::atomic<bool> accepting_{true};
  std::atomic<std::uint64_t> pauses_{0};
  std::atomic<std::uint64_t> paused_us_{0};
};

}  // namespace cocached::net
