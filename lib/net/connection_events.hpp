#pragma once

#include "command/watch/watchers.hpp"

#include <cstdint>

/// The lines of `watch connevents`, from the thread of the connection's worker.
namespace cocached::net {

enum class CloseReason : std::uint8_t { normal, error, idle_timeout, shutdown };

/// Shows watchers, if there are any, that a connection is open. Null: nobody can watch.
void show_opened(command::Watchers* watchers, int descriptor);

/// Shows watchers that it closes, while its descriptor is still open. Without memory the line is
/// lost, which is logged.
void show_closed(command::Watchers* watchers, int descriptor, CloseReason reason) noexcept;

}  // namespace cocached::net
