#include "stress/udp_link.hpp"

#include "stress/findings.hpp"

#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <vector>

#include <fmt/format.h>

namespace cocached::stress {
namespace {

constexpr std::size_t kHeader = 8;
constexpr int kPatienceMs = 200;

unsigned number_at(std::string_view datagram, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) {
    return unsigned{static_cast<unsigned char>(datagram[i])};
  };
  return (byte(at) << 8) | byte(at + 1);
}

}  // namespace

UdpLink::UdpLink(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::system_error{errno, std::generic_category(), "UDP"};
}

/// Each link has a socket, and so a port, of its own: one number does for all its requests.
std::optional<std::string> UdpLink::ask(std::string_view request) {
  std::string datagram{"\x07\x09\0\0\0\x01\0\0", kHeader};
  datagram += request;
  ::send(socket_.number(), datagram.data(), datagram.size(), MSG_NOSIGNAL);
  std::vector<std::string> parts;
  std::size_t have = 0;
  for (pollfd polled{socket_.number(), POLLIN, 0}; ::poll(&polled, 1, kPatienceMs) > 0;) {
    std::array<char, 2048> bytes{};
    const auto size = ::recv(socket_.number(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size < 0) return std::nullopt;
    const std::string_view got{bytes.data(), static_cast<std::size_t>(size)};
    if (got == datagram) return std::nullopt;  // nobody has that port, so this socket got it
    if (got.size() < kHeader || number_at(got, 0) != 0x0709 || got.size() > 1400)
      throw Violation{"a datagram without the header of its request"};
    const auto index = number_at(got, 2);
    const auto count = number_at(got, 4);
    if (parts.empty()) parts.resize(count);
    if (count != parts.size() || index >= count || !parts[index].empty())
      throw Violation{fmt::format("datagram {} of {}, after {}", index, count, parts.size())};
    parts[index] = got.substr(kHeader);
    if (++have < count) continue;
    std::string reply;
    for (const auto& part : parts) reply += part;
    return reply;
  }
  return std::nullopt;
}

}  // namespace cocached::stress
