#pragma once

#include "base/clock.hpp"
#include "protocol/request.hpp"

namespace cocached::command {

/// The deadline that a client's expiry time means now. The one place that knows memcached's rule:
/// 0 is never, up to 30 days counts from now, above that is Unix time, and below 0 or past is at
/// once. Never early: at most a millisecond late.
base::TimePoint deadline_of(protocol::ExpiryTime expiry, const base::Clock& clock) noexcept;

}  // namespace cocached::command
