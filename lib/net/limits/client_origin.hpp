#pragma once

#include <cstdint>

#include <boost/asio/ip/address.hpp>

namespace cocached::net {

/// Clients that count as one where they share something: those of an IPv4 address, of a /64 of IPv6
/// (which one customer or machine is given), or, on a unix socket, of a user of this machine.
using ClientOrigin = std::uint64_t;

ClientOrigin origin_of(const boost::asio::ip::address& address);

/// The origin of the far end of a socket; 0 where that is not known.
ClientOrigin origin_of(int descriptor);

}  // namespace cocached::net
