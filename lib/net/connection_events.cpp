#include "net/connection_events.hpp"

#include "base/log.hpp"
#include "net/endpoint_text.hpp"

#include <array>
#include <cstddef>
#include <exception>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace cocached::net {
namespace {

/// `rip=127.0.0.1 rport=4242 transport=tcp`, as far as the client is still known.
std::string peer(int descriptor) {
  const auto endpoint = peer_endpoint(descriptor);
  const auto family = endpoint ? endpoint->protocol().family() : AF_UNSPEC;
  if (family == AF_UNIX) return "rip=unix rport=0 transport=local";
  if (family == AF_UNSPEC) return "rip=unknown rport=0 transport=tcp";
  const auto address = to_tcp(*endpoint);
  return fmt::format("rip={} rport={} transport=tcp", address.address().to_string(),
                     address.port());
}

std::string_view reason_text(CloseReason reason) noexcept {
  constexpr std::array<std::string_view, 4> kTexts{"normal", "error", "idle_timeout", "shutdown"};
  return kTexts[static_cast<std::size_t>(reason)];
}

bool is_watched(const command::Watchers* watchers) noexcept {
  return watchers != nullptr && watchers->shows(command::Topic::connevents);
}

}  // namespace

void show_opened(command::Watchers* watchers, int descriptor) {
  if (!is_watched(watchers)) return;
  watchers->show(command::Topic::connevents,
                 fmt::format("type=conn_new {} cfd={}", peer(descriptor), descriptor));
}

void show_closed(command::Watchers* watchers, int descriptor, CloseReason reason) noexcept try {
  if (!is_watched(watchers)) return;
  watchers->show(command::Topic::connevents,
                 fmt::format("type=conn_close {} reason={} cfd={}", peer(descriptor),
                             reason_text(reason), descriptor));
} catch (const std::exception& error) {
  base::log_error("the end of a connection is not shown: {}", error.what());
}

}  // namespace cocached::net
