#pragma once

#include "net/listener.hpp"
#include "server/listen_address.hpp"
#include "server/settings.hpp"

#include <list>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

/// Makes the sockets for the addresses of the settings. Errors are std::system_error with a text
/// for the user.
namespace cocached::server {

/// The addresses that `address` stands for, with its port.
std::vector<boost::asio::ip::tcp::endpoint> resolve(const ListenAddress& address);

/// The name of a handed-over socket that is for HTTP.
inline constexpr std::string_view kHttpSocket = "http";

/// A listener for each socket that was handed over for the cache, if there are any. Else: the
/// listener on the Unix socket alone, if there is one; else one listener for each address of
/// each entry of `settings.listen`, with the options of the entry. Where any free port will do, all
/// addresses of an entry get the same one. IPv6 is left out where this machine has none. The file
/// of the socket belongs to the user that the process is going to become. `certificates` outlives
/// the listeners; there are some if `settings.tls`.
std::list<net::Listener> bind_listeners(boost::asio::io_context& context, const Settings& settings,
                                        const net::TlsContext* certificates);

/// Makes the exception that names an address and its error.
std::system_error cannot_listen(const boost::asio::ip::tcp::endpoint& address,
                                const boost::system::error_code& error);

}  // namespace cocached::server
