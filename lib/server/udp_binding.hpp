#pragma once

#include "net/worker.hpp"
#include "server/settings.hpp"

#include <memory>
#include <vector>

#include <boost/asio/ip/udp.hpp>

namespace cocached::server {

/// Gives each worker a UDP socket on each address of `settings.listen`, with the port of
/// `settings.udp_port`; the kernel spreads clients over the sockets of an address. Returns the
/// addresses, with the real ports. Throws std::system_error with a text for the user, or
/// std::invalid_argument for an address that stands for every one of this machine, unless the
/// settings allow it.
std::vector<boost::asio::ip::udp::endpoint> bind_udp(
    const std::vector<std::unique_ptr<net::Worker>>& workers, const Settings& settings);

}  // namespace cocached::server
