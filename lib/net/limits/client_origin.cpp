#include "net/limits/client_origin.hpp"

#include "net/endpoint_text.hpp"

#include <algorithm>
#include <sys/socket.h>

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

namespace cocached::net {
namespace {

namespace ip = boost::asio::ip;

// No network of IPv6 that could be a source starts with these, which are of multicast.
constexpr ClientOrigin kV4 = ClientOrigin{0xffff} << 48;
constexpr ClientOrigin kLocalUser = ClientOrigin{0xfffe} << 48;

ClientOrigin local_user(int descriptor) noexcept {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return 0;
  return kLocalUser | peer.uid;
}

}  // namespace

ClientOrigin origin_of(const ip::address& address) {
  if (address.is_v4()) return kV4 | address.to_v4().to_uint();
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return kV4 | ip::make_address_v4(ip::v4_mapped, v6).to_uint();
  const auto bytes = v6.to_bytes();
  ClientOrigin network = 0;
  std::for_each_n(bytes.begin(), sizeof network,
                  [&](unsigned char byte) { network = network << 8 | byte; });
  return network;
}

ClientOrigin origin_of(int descriptor) {
  const auto endpoint = peer_endpoint(descriptor);
  if (!endpoint) return 0;
  if (endpoint->protocol().family() == AF_UNIX) return local_user(descriptor);
  return origin_of(to_tcp(*endpoint).address());
}

}  // namespace cocached::net
