#pragma once

#include "server/settings.hpp"

#include <vector>

/// The talk with systemd, or another service manager of its protocol. Nothing where there is
/// none.
namespace cocached::server {

/// The listening sockets that were handed over to this process. They are asked for once, before
/// threads start, for the environment forgets them. Throws std::runtime_error, with a text for the
/// user, where one of them is something else.
std::vector<HandedSocket> take_handed_sockets();

/// A state of the server that a service manager waits for.
enum class ServiceState { ready, reloading, stopping };

/// Any thread.
void tell_service_manager(ServiceState state) noexcept;

}  // namespace cocached::server
