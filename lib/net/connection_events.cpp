#include "net/connection_events.hpp"

#include "base/log.hpp"
#include "net/endpoint_text.hpp"

#include <exception>

#include <fmt/format.h>

namespace cocached::net {
namespace {

/// `rip=127.0.0.1 rport=4242 transport=tcp`, as far as the client is still known.
std::string peer(int descriptor) {
  const auto endpoint = peer_endpoint(descriptor);
  const auto family = endpoint ? endpoint->protocol().family() : AF_UNSPEC;
  if (family == AF_UNIX) return "rip=unix rport=0 transport=unix";
  if (family == AF_UNSPEC) return "rip=unknown rport=0 transport=tcp";
  const auto address = to_tcp(*endpoint);
  return fmt::format("rip={} rport={} transport=tcp", address.address().to_string(),
                     address.port());
}

}  // namespace

ConnectionEvents::ConnectionEvents(command::Watchers* watchers, int descriptor,
                                   const bool& stopping)
    : watchers_(watchers), descriptor_(descriptor), stopping_(stopping) {
  if (!is_watched()) return;
  watchers_->show(command::Topic::connevents,
                  fmt::format("type=conn_new {} cfd={}", peer(descriptor_), descriptor_));
}

ConnectionEvents::~ConnectionEvents() {
  if (!is_watched()) return;
  try {
    watchers_->show(command::Topic::connevents,
                    fmt::format("type=conn_close {} reason={} cfd={}", peer(descriptor_),
                                stopping_ ? "shutdown" : reason_, descriptor_));
  } catch (const std::exception& error) {
    base::log_error("the end of a connection is not shown: {}", error.what());
  }
}

}  // namespace cocached::net
