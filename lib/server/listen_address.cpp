#include "server/listen_address.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace cocached::server {
namespace {

[[noreturn]] void reject(std::string_view text, const std::string& why) {
  throw std::invalid_argument{"listen address '" + std::string{text} + "': " + why};
}

std::uint16_t to_port(std::string_view port, std::string_view text) {
  std::uint16_t number = 0;
  const auto* last = port.data() + port.size();
  const auto [end, error] = std::from_chars(port.data(), last, number);
  if (error != std::errc{} || end != last) reject(text, "invalid port number");
  return number;
}

/// Takes `name[value]:` or `name_value_:` off the front of `rest`; empty if it is not there.
std::string_view take_prefix(std::string_view name, std::string_view& rest, std::string_view text) {
  if (!rest.starts_with(name) || rest.size() == name.size()) return {};
  const char open = rest[name.size()];
  if (open != '[' && open != '_') return {};
  const auto start = name.size() + 1;
  const auto end = rest.find(open == '[' ? ']' : '_', start);
  if (end == std::string_view::npos || rest.substr(end + 1, 1) != ":")
    reject(text, "unfinished " + std::string{name});
  const auto value = rest.substr(start, end - start);
  rest.remove_prefix(end + 2);
  return value;
}

/// The value of `proto[...]`; `negotiating` is memcached's word for both.
std::optional<command::Protocols> to_protocols(std::string_view names, std::string_view text) {
  using command::Protocols;
  if (names.empty()) return std::nullopt;
  if (names == "ascii") return Protocols::text;
  if (names == "binary") return Protocols::binary;
  static constexpr auto kBoth =
      std::to_array<std::string_view>({"ascii,binary", "binary,ascii", "negotiating"});
  if (std::ranges::find(kBoth, names) != kBoth.end()) return Protocols::any;
  reject(text, "no such protocol: " + std::string{names});
}

/// Takes `notls:`, `btls:` or `mtls:` off the front of `rest`.
std::optional<net::TlsMode> take_tls(std::string_view& rest) noexcept {
  using enum net::TlsMode;
  struct Prefix {
    std::string_view name;
    net::TlsMode mode;
  };
  static constexpr std::array kPrefixes{Prefix{"notls:", off}, Prefix{"btls:", basic},
                                        Prefix{"mtls:", mutual}};
  for (const auto& [name, mode] : kPrefixes) {
    if (!rest.starts_with(name)) continue;
    rest.remove_prefix(name.size());
    return mode;
  }
  return std::nullopt;
}

/// Splits `[v6]:port`; `rest` starts with the bracket.
void take_bracketed(std::string_view rest, std::string_view text, ListenAddress& address) {
  const auto end = rest.find(']');
  if (end == std::string_view::npos) reject(text, "no closing bracket");
  address.host = rest.substr(1, end - 1);
  rest.remove_prefix(end + 1);
  if (rest.empty()) return;
  if (rest.front() != ':') reject(text, "expected a colon behind the bracket");
  address.port = to_port(rest.substr(1), text);
}

void take_plain(std::string_view rest, std::string_view text, ListenAddress& address) {
  const auto colon = rest.find(':');
  const bool v6 = colon != std::string_view::npos && rest.find(':', colon + 1) != rest.npos;
  if (colon != std::string_view::npos && !v6) {
    address.port = to_port(rest.substr(colon + 1), text);
    rest = rest.substr(0, colon);
  }
  if (rest.empty()) reject(text, "no host");
  if (rest != "*") address.host = rest;
}

}  // namespace

ListenAddress parse_listen_address(std::string_view text, std::uint16_t default_port) {
  ListenAddress address{.port = default_port};
  auto rest = text;
  address.tls = take_tls(rest);
  address.protocols = to_protocols(take_prefix("proto", rest, text), text);
  address.tag = take_prefix("tag", rest, text);
  if (address.tag.size() > 8) reject(text, "a tag has at most 8 characters");
  if (rest.starts_with('['))
    take_bracketed(rest, text, address);
  else
    take_plain(rest, text, address);
  return address;
}

}  // namespace cocached::server
