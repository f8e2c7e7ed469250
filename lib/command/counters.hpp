#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace cocached::command {

/// The counters of a worker thread. The comment names the field of `stats`.
enum class Count : std::uint8_t {
  get,                  ///< cmd_get: requested keys
  get_hit,              ///< get_hits
  get_miss,             ///< get_misses
  get_expired,          ///< get_expired: misses whose item had expired
  get_flushed,          ///< get_flushed: misses whose item was flushed
  set,                  ///< cmd_set: every storage command
  flush,                ///< cmd_flush
  touch,                ///< cmd_touch
  touch_hit,            ///< touch_hits
  touch_miss,           ///< touch_misses
  meta,                 ///< cmd_meta
  delete_hit,           ///< delete_hits
  delete_miss,          ///< delete_misses
  increment_hit,        ///< incr_hits
  increment_miss,       ///< incr_misses
  decrement_hit,        ///< decr_hits
  decrement_miss,       ///< decr_misses
  cas_hit,              ///< cas_hits
  cas_miss,             ///< cas_misses
  cas_bad_value,        ///< cas_badval
  too_large,            ///< store_too_large
  no_memory,            ///< store_no_memory
  auth,                 ///< auth_cmds
  auth_error,           ///< auth_errors
  bytes_read,           ///< bytes_read
  bytes_written,        ///< bytes_written
  yield,                ///< conn_yields
  connection_opened,    ///< total_connections
  connection_closed,    ///< curr_connections is opened - closed
  connection_rejected,  ///< rejected_connections
  refused_address,      ///< rejected_by_address: the address had its share of connections
  refused_descriptors,  ///< pauses of accepting for lack of descriptors or memory
  idle_kick,            ///< idle_kicks
  slow_request,         ///< slow_requests_closed: the rest of a request came too slowly
  slow_reply,           ///< slow_replies_closed: the client read its replies too slowly
  slow_handshake,       ///< slow_handshakes_closed: the TLS handshake took too long
  too_much_pinned,      ///< pinning_replies_closed: unread replies pinned too much of the store
  no_buffers,           ///< connections closed because the ledger had no memory for them
  tls_new_session,      ///< ssl_new_sessions: full handshakes
  tls_resumed_session,  ///< handshakes that resumed an earlier session
  tls_handshake_error,  ///< ssl_handshake_errors
  tls_protocol_error,   ///< ssl_proto_errors: errors after the handshake
  kCount,               ///< the number of counters; not a counter
};

/// The sums of all workers' counters, as `stats` shows them.
class Totals {
 public:
  std::uint64_t operator[](Count count) const noexcept { return values_[index(count)]; }
  void add(Count count, std::uint64_t n) noexcept { values_[index(count)] += n; }
  void set(Count count, std::uint64_t n) noexcept { values_[index(count)] = n; }

  /// Returns the counts since `earlier`.
  friend Totals operator-(Totals now, const Totals& earlier) noexcept {
    for (std::size_t i = 0; i < size(); ++i) now.values_[i] -= earlier.values_[i];
    return now;
  }

  /// Returns the number of open connections. Workers count while the sums are taken, so a close may
  /// be in the sum before its open; the result is never negative.
  std::uint64_t connections() const noexcept {
    const auto opened = (*this)[Count::connection_opened];
    return opened - std::min(opened, (*this)[Count::connection_closed]);
  }

  static constexpr std::size_t size() noexcept { return static_cast<std::size_t>(Count::kCount); }

 private:
  static constexpr std::size_t index(Count count) noexcept {
    return static_cast<std::size_t>(count);
  }

  std::array<std::uint64_t, static_cast<std::size_t>(Count::kCount)> values_{};
};

/// One worker's counters. Only that worker writes them, any thread reads them. They have cache
/// lines of their own, so counting on one thread never slows another.
class alignas(64) Counters {
 public:
  void add(Count count, std::uint64_t n = 1) noexcept {
    auto& value = values_[static_cast<std::size_t>(count)];
    value.store(value.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }

  std::uint64_t value(Count count) const noexcept {
    return values_[static_cast<std::size_t>(count)].load(std::memory_order_relaxed);
  }

  void add_to(Totals& totals) const noexcept {
    for (std::size_t i = 0; i < values_.size(); ++i)
      totals.add(static_cast<Count>(i), values_[i].load(std::memory_order_relaxed));
  }

 private:
  std::array<std::atomic<std::uint64_t>, Totals::size()> values_{};
};

}  // namespace cocached::command
