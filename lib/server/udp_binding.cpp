#include "server/udp_binding.hpp"

#include "net/udp/datagram_server.hpp"
#include "server/listen_address.hpp"
#include "server/tcp_binding.hpp"

#include <algorithm>
#include <stdexcept>
#include <sys/socket.h>

#include <boost/asio/ip/v6_only.hpp>

namespace cocached::server {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;
using Workers = std::vector<std::unique_ptr<net::Worker>>;

/// Lets sockets of one user share an address.
class ReusePort {
 public:
  int level(const auto&) const noexcept { return SOL_SOCKET; }
  int name(const auto&) const noexcept { return SO_REUSEPORT; }
  const void* data(const auto&) const noexcept { return &on_; }
  std::size_t size(const auto&) const noexcept { return sizeof on_; }

 private:
  int on_ = 1;
};

/// A spoofed request makes a server on the open network flood somebody else with its reply.
void refuse_wildcard(const udp::endpoint& address, const Settings& settings) {
  if (!address.address().is_unspecified() || settings.udp_on_every_address) return;
  throw std::invalid_argument{
      "-U: UDP on every address can be abused to flood others: name addresses with -l, or say "
      "--udp-on-every-address"};
}

/// The first socket has the port to itself when it is bound, or two servers could share one by
/// mistake; only then it lets those of the other workers join.
udp::endpoint bind_for(const Workers& workers, udp::endpoint address,
                       command::Protocols protocols) {
  for (const auto& worker : workers) {
    net::UdpSocket::AsioSocket socket{worker->executor(), address.protocol()};
    if (address.address().is_v6()) socket.set_option(asio::ip::v6_only{true});
    const bool first = worker == workers.front();
    if (!first) socket.set_option(ReusePort{});
    socket.bind(address);
    if (first) socket.set_option(ReusePort{});
    address = socket.local_endpoint();
    worker->add(net::UdpSocket{std::move(socket)}, protocols);
  }
  return address;
}

bool has_no_v6(const boost::system::system_error& error, const udp::endpoint& address) {
  namespace errc = boost::system::errc;
  return address.address().is_v6() && (error.code() == errc::address_family_not_supported ||
                                       error.code() == errc::address_not_available);
}

void bind_entry(const Workers& workers, const std::string& entry, const Settings& settings,
                std::vector<udp::endpoint>& bound) {
  auto place = parse_listen_address(entry, 0);
  place.port = *settings.udp_port;  // the port of an entry is one of TCP
  for (const auto& resolved : resolve(place)) {
    const udp::endpoint address{resolved.address(), place.port};
    refuse_wildcard(address, settings);
    const auto is_bound = [&](const auto& other) { return other.address() == address.address(); };
    if (std::ranges::any_of(bound, is_bound)) continue;
    try {
      bound.push_back(bind_for(workers, address, place.protocols.value_or(settings.protocols)));
    } catch (const boost::system::system_error& error) {
      const bool every_address = place.host.empty() && !bound.empty();
      if (!every_address || !has_no_v6(error, address)) throw cannot_listen(resolved, error.code());
    }
  }
}

}  // namespace

std::vector<udp::endpoint> bind_udp(const Workers& workers, const Settings& settings) {
  std::vector<udp::endpoint> bound;
  if (!settings.udp_port) return bound;
  auto entries = settings.listen;
  if (entries.empty()) entries.emplace_back("*");
  for (const auto& entry : entries) bind_entry(workers, entry, settings, bound);
  return bound;
}

}  // namespace cocached::server
