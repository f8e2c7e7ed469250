#pragma once

#include "net/types.hpp"

#include <optional>
#include <string>

namespace cocached::net {

/// The address of a TCP socket; of another family, none.
tcp::endpoint to_tcp(const Endpoint& endpoint);

/// `tcp:127.0.0.1:11211`, `tcp6:[::1]:11211`, `unix:/path`: as `stats conns` shows addresses.
/// One word: a path that a client has chosen may hold anything.
std::string text_of(const Endpoint& endpoint);

/// The far end of a socket; nothing where that is gone already.
std::optional<Endpoint> peer_endpoint(int descriptor);

/// Both ends of a socket as its kernel knows them; what is gone already is `unknown`.
std::string peer_text(int descriptor);
std::string local_text(int descriptor);

}  // namespace cocached::net
