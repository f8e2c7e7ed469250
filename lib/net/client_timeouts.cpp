#include "net/client_timeouts.hpp"

#include "base/log.hpp"

#include <utility>

namespace cocached::net {
namespace {

/// The silence after which a connection gives its buffers back.
constexpr std::chrono::seconds kParkAfter{1};

/// The part of the store's memory that unread replies may keep from being freed by default.
constexpr std::size_t kPinnedPart = 16;

}  // namespace

void ClientTimeouts::check(base::TimePoint now) {
  check_idle(now);
  check_slow(now);
  log_refused_memory();
}

/// Parks silent connections. While memory is scarce, a connection is parked after any silence.
void ClientTimeouts::check_idle(base::TimePoint now) {
  const auto timeout = idle();
  const bool times_out = timeout > std::chrono::seconds::zero();
  const bool scarce = blocks_.ledger().is_scarce();
  // A thread without clients puts no block back, so its stock goes here.
  if (blocks_.ledger().is_scarce(base::BlockPool::kMostStock)) blocks_.trim();
  connections_.interrupt_idle(scarce ? now : now - kParkAfter,
                              times_out ? now - timeout : base::TimePoint::min());
}

void ClientTimeouts::check_slow(base::TimePoint now) {
  const bool unread = connections_.interrupt_slow(now, limits_);
  const auto limit = limits_.pinned_bytes.value_or(store_.memory_limit() / kPinnedPart);
  if (!unread || limit == 0 || store_.stats().pinned_bytes <= limit) return;
  base::log_warning("unread replies pin too much memory: closing those that are not read at all");
  connections_.interrupt_stalled_replies();
}

/// Logs at most one line a second, whatever clients do.
void ClientTimeouts::log_refused_memory() {
  const auto refused = counters_.value(command::Count::no_buffers);
  if (const auto more = refused - std::exchange(refused_memory_, refused); more > 0)
    base::log_warning("no more memory for what clients hold: {} connections closed", more);
}

}  // namespace cocached::net
