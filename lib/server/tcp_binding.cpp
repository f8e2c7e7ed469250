#include "server/tcp_binding.hpp"

#include "net/endpoint_text.hpp"
#include "server/platform/process.hpp"

#include <sstream>
#include <system_error>

#include <boost/asio/error.hpp>

namespace cocached::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// This machine has no IPv6, or has it switched off.
bool is_absence_of_v6(const tcp::endpoint& address, const error_code& error) {
  namespace errc = boost::system::errc;
  return address.address().is_v6() &&
         (error == errc::address_family_not_supported || error == errc::address_not_available);
}

net::ListenerOptions options_of(const ListenAddress& entry, const Settings& settings,
                                const net::TlsContext* certificates) {
  return {.protocols = entry.protocols.value_or(settings.protocols),
          .tag = entry.tag,
          .tls = entry.tls.value_or(settings.tls ? net::TlsMode::on : net::TlsMode::off),
          .certificates = certificates,
          .reuse_port = settings.reuse_port};
}

/// Appends a listener for each address of `entry`. The first free port found is kept for the rest.
void bind_entry(asio::io_context& context, const ListenAddress& entry, int backlog,
                const net::ListenerOptions& options, std::list<net::Listener>& listeners) {
  const auto addresses = resolve(entry);
  std::uint16_t port = addresses.front().port();
  error_code absence;
  const auto before = listeners.size();
  for (auto address : addresses) try {
      address.port(port);
      const auto& listener = listeners.emplace_back(context, address, backlog, options);
      port = net::to_tcp(listener.endpoint()).port();
    } catch (const boost::system::system_error& error) {
      if (!is_absence_of_v6(address, error.code())) throw cannot_listen(address, error.code());
      absence = error.code();
    }
  if (listeners.size() == before) throw cannot_listen(addresses.front(), absence);
}

/// A server that becomes another user could neither remove the file nor, with a mode of 0700, let
/// anybody connect but root.
void give_to_user(const std::string& path, const std::string& name) try {
  const auto user = find_user(name);
  net::give_socket_to(path, user.id, user.group);
} catch (const boost::system::system_error& error) {
  throw std::system_error{std::error_code{error.code()}, "cannot give away " + path};
}

void bind_unix(asio::io_context& context, const Settings& settings,
               std::list<net::Listener>& listeners) try {
  const net::UnixSocket place{settings.unix_socket, settings.unix_mode};
  listeners.emplace_back(context, place, settings.backlog,
                         net::ListenerOptions{.protocols = settings.protocols});
  if (is_root() && !settings.user.empty()) give_to_user(place.path, settings.user);
} catch (const boost::system::system_error& error) {
  throw std::system_error{std::error_code{error.code()},
                          "cannot listen on " + settings.unix_socket};
}

/// One for each socket that was handed over for the cache.
void take_over(asio::io_context& context, const Settings& settings,
               const net::TlsContext* certificates, std::list<net::Listener>& listeners) {
  for (const auto& socket : settings.handed_sockets) {
    if (socket.name == kHttpSocket) continue;
    auto options = options_of({}, settings, certificates);
    if (net::local_text(socket.descriptor).starts_with("unix:")) options.tls = net::TlsMode::off;
    listeners.emplace_back(context, net::ListeningSocket{socket.descriptor}, std::move(options));
  }
}

}  // namespace

std::system_error cannot_listen(const tcp::endpoint& address, const error_code& error) {
  std::ostringstream text;
  text << "cannot listen on " << address;
  return {std::error_code{error}, text.str()};
}

std::vector<tcp::endpoint> resolve(const ListenAddress& address) {
  if (address.host.empty()) return {{tcp::v4(), address.port}, {tcp::v6(), address.port}};
  asio::io_context context;
  error_code error;
  const auto results = tcp::resolver{context}.resolve(address.host, std::to_string(address.port),
                                                      tcp::resolver::passive, error);
  if (error) throw std::system_error{error, "cannot find the address " + address.host};
  return {results.begin(), results.end()};
}

std::list<net::Listener> bind_listeners(asio::io_context& context, const Settings& settings,
                                        const net::TlsContext* certificates) {
  std::list<net::Listener> listeners;
  take_over(context, settings, certificates, listeners);
  if (!listeners.empty()) return listeners;
  if (!settings.unix_socket.empty()) bind_unix(context, settings, listeners);
  if (!settings.port || !settings.unix_socket.empty()) return listeners;
  auto entries = settings.listen;
  if (entries.empty()) entries.emplace_back("*");
  for (const auto& text : entries) {
    const auto entry = parse_listen_address(text, *settings.port);
    bind_entry(context, entry, settings.backlog, options_of(entry, settings, certificates),
               listeners);
  }
  return listeners;
}

}  // namespace cocached::server
