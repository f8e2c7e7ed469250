#pragma once

#include "base/clock.hpp"
#include "protocol/request.hpp"

#include <cstdint>
#include <optional>

namespace cocached::command {

/// Returns the deadline that a client's expiry time means now. This is the one place that knows
/// memcached's 30-day rule: 0 means never, up to 30 days (2592000) means seconds from now, a larger
/// number means Unix seconds, and a negative number or a past time means "expired already". The
/// deadline is never early and at most a millisecond late.
base::TimePoint deadline_of(protocol::ExpiryTime expiry, const base::Clock& clock) noexcept;

/// Returns the seconds until `deadline` that a client is told, or nothing if `deadline` is kNever.
/// `now` is a time of the coarse clock, which lags behind the clock of deadline_of(). The result is
/// rounded so that an item just stored for 30 s has 30 s left in spite of the lag.
std::optional<std::int64_t> seconds_left(base::TimePoint deadline, base::TimePoint now) noexcept;

}  // namespace cocached::command
