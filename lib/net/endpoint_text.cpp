#include "net/endpoint_text.hpp"

#include "protocol/percent_encoding.hpp"

#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>

#include <fmt/format.h>

namespace cocached::net {
namespace {

std::string tcp_text(const Endpoint& endpoint) {
  const auto address = to_tcp(endpoint);
  const auto host = address.address().to_string();
  return address.address().is_v6() ? fmt::format("tcp6:[{}]:{}", host, address.port())
                                   : fmt::format("tcp:{}:{}", host, address.port());
}

std::string unix_text(const Endpoint& endpoint) {
  constexpr auto kHeader = offsetof(sockaddr_un, sun_path);
  if (endpoint.size() <= kHeader) return "unix:";
  const auto* path = reinterpret_cast<const sockaddr_un*>(endpoint.data())->sun_path;
  const std::string_view name{path, ::strnlen(path, endpoint.size() - kHeader)};
  return "unix:" + protocol::key_as_word(name);
}

template <class Ask>
std::optional<Endpoint> endpoint_from(int descriptor, Ask ask) {
  Endpoint endpoint;
  auto size = static_cast<socklen_t>(endpoint.capacity());
  if (ask(descriptor, endpoint.data(), &size) != 0) return std::nullopt;
  endpoint.resize(size);
  return endpoint;
}

template <class Ask>
std::string text_from(int descriptor, Ask ask) {
  const auto endpoint = endpoint_from(descriptor, ask);
  return endpoint ? text_of(*endpoint) : "unknown";
}

}  // namespace

tcp::endpoint to_tcp(const Endpoint& endpoint) {
  const int family = endpoint.protocol().family();
  if (family != AF_INET && family != AF_INET6) return {};
  tcp::endpoint address;
  address.resize(endpoint.size());
  std::memcpy(address.data(), endpoint.data(), endpoint.size());
  return address;
}

std::string text_of(const Endpoint& endpoint) {
  switch (endpoint.protocol().family()) {
    case AF_INET:
    case AF_INET6:
      return tcp_text(endpoint);
    case AF_UNIX:
      return unix_text(endpoint);
    default:
      return "unknown";
  }
}

std::optional<Endpoint> peer_endpoint(int descriptor) {
  return endpoint_from(descriptor, ::getpeername);
}
std::string peer_text(int descriptor) {
  return text_from(descriptor, ::getpeername);
}
std::string local_text(int descriptor) {
  return text_from(descriptor, ::getsockname);
}

}  // namespace cocached::net
