#pragma once

#include "net/types.hpp"
#include "server/settings.hpp"

#include <span>
#include <string>

#include <boost/asio/ip/address.hpp>

namespace cocached::server {

/// Returns why the HTTP endpoint at `http` shows no keys, as the end of a sentence for its clients;
/// an empty string where it shows them.
///
/// The endpoint asks nobody who they are unless it has a token. So without one it shows keys only
/// where everybody whom it answers could ask the cache itself: a cache that wants passwords or
/// certificates, that listens on a Unix socket whose file is closed to other users, or that listens
/// on the loopback while the endpoint is on the network, has its keys hidden. `-X` hides them from
/// everybody. `cache` holds the addresses where the cache listens: TCP, UDP and Unix.
std::string why_keys_are_hidden(const Settings& settings, std::span<const net::Endpoint> cache,
                                const boost::asio::ip::address& http);

/// Logs a warning where the endpoint shows the figures of a closed cache to the whole network.
void warn_of_shown_figures(const Settings& settings, std::span<const net::Endpoint> cache,
                           const boost::asio::ip::address& http);

}  // namespace cocached::server
