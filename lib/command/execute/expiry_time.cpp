#include "command/execute/expiry_time.hpp"

#include <algorithm>

namespace cocached::command {
namespace {

using base::Duration;
using base::TimePoint;

constexpr protocol::ExpiryTime kThirtyDays = 60L * 60 * 24 * 30;  // seconds
constexpr TimePoint kAlreadyExpired{};                            // the start of server time

// A bound in the year 2170: later than any cache will run, and far from overflow.
constexpr protocol::ExpiryTime kMaxUnixTime = protocol::ExpiryTime{100 + 100} * 366 * 24 * 60 * 60;

}  // namespace

TimePoint deadline_of(protocol::ExpiryTime expiry, const base::Clock& clock) noexcept {
  if (expiry == 0) return base::kNever;
  if (expiry < 0) return kAlreadyExpired;
  // `now` is rounded down to a millisecond, so one more keeps the item from expiring early.
  const auto now = clock.now() + Duration{1};
  if (expiry <= kThirtyDays) return now + std::chrono::seconds{expiry};

  const Duration at = std::chrono::seconds{std::min(expiry, kMaxUnixTime)};
  const auto left = at - clock.wall_now().time_since_epoch();
  return left <= Duration::zero() ? kAlreadyExpired : now + left;
}

std::optional<std::int64_t> seconds_left(TimePoint deadline, TimePoint now) noexcept {
  if (deadline == base::kNever) return std::nullopt;
  constexpr Duration kLag{11};
  return std::chrono::ceil<std::chrono::seconds>(deadline - now - kLag).count();
}

}  // namespace cocached::command
