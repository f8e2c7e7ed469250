#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace cocached::command {

/// What a worker thread counts. The comment names the field of `stats`.
enum class Count : std::uint8_t {
  get,                  ///< cmd_get: keys asked for
  get_hit,              ///< get_hits
  get_miss,             ///< get_misses
  get_expired,          ///< get_expired: of the misses
  get_flushed,          ///< get_flushed: of the misses
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
  connection_closed,    ///< opened - closed = curr_connections
  connection_rejected,  ///< rejected_connections
  refused_address,      ///< connections of an address that had its share
  refused_descriptors,  ///< times that accepting paused for want of descriptors or memory
  idle_kick,            ///< idle_kicks
  slow_request,         ///< connections closed for a request that did not come whole
  slow_reply,           ///< ... for a reply that was not read
  slow_handshake,       ///< ... for TLS that was not agreed on
  too_much_pinned,      ///< ... for keeping the store's memory with replies that were not read
  no_buffers,           ///< ... for want of memory for what clients hold
  tls_new_session,      ///< ssl_new_sessions: handshakes from scratch
  tls_resumed_session,  ///< handshakes that went on with an earlier session
  tls_handshake_error,  ///< ssl_handshake_errors
  tls_protocol_error,   ///< ssl_proto_errors: after the handshake
  kCount,               ///< how many there are; not a counter
};

/// Plain sums, as `stats` shows them.
class Totals {
 public:
  std::uint64_t operator[](Count count) const noexcept { return values_[index(count)]; }
  void add(Count count, std::uint64_t n) noexcept { values_[index(count)] += n; }
  void set(Count count, std::uint64_t n) noexcept { values_[index(count)] = n; }

  /// What has been counted since `earlier`.
  friend Totals operator-(Totals now, const Totals& earlier) noexcept {
    for (std::size_t i = 0; i < size(); ++i) now.values_[i] -= earlier.values_[i];
    return now;
  }

  /// Open now. Sums are taken while others count: a close may be seen before its open.
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

/// One worker's counters: written by that thread alone, read by any. A line of cache to itself, so
/// that counting on one thread never slows another.
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
