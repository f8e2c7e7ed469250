#pragma once

#include "base/clock.hpp"
#include "protocol/request.hpp"

#include <cstdint>
#include <optional>

namespace cocached::command {

/// The deadline that a client's expiry time means now. The one place that knows memcached's rule:
/// 0 is never, up to 30 days counts from now, above that is Unix time, and below 0 or past is at
/// once. Never early: at most a millisecond late.
base::TimePoint deadline_of(protocol::ExpiryTime expiry, const base::Clock& clock) noexcept;

/// What is left until a deadline, as clients are told, `now` being the coarse clock's; nothing
/// where that never comes. Rounded as if the clock ticked in seconds: an item that was just stored
/// for 30 s has 30 left, however far the coarse clock lags behind the one its deadline was made
/// with.
std::optional<std::int64_t> seconds_left(base::TimePoint deadline, base::TimePoint now) noexcept;

}  // namespace cocached::command
