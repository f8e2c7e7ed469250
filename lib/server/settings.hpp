#pragma once

#include "base/log.hpp"
#include "command/allowed_protocols.hpp"
#include "net/tls/tls_options.hpp"
#include "store/eviction/eviction_option.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cocached::server {

/// A listening socket that was open when the process started, and its name.
struct HandedSocket {
  int descriptor = -1;
  std::string name;
};

/// Everything that can be chosen about a server, with memcached's defaults. Sizes in bytes. Filled
/// by the command line; the server knows nothing of option syntax.
struct Settings {
  // Addresses to listen on.
  std::vector<std::string> listen;            ///< see listen_address.hpp; empty: every address
  std::string unix_socket;                    ///< path; empty: none. With one there is no TCP
  unsigned unix_mode = 0700;                  ///< of the file of that socket
  std::optional<std::uint16_t> port = 11211;  ///< 0 for any free one; none: no TCP
  std::optional<std::uint16_t> udp_port{};    ///< 0 for any free one; none: no UDP
  bool udp_on_every_address = false;          ///< else UDP needs addresses to be named
  int backlog = 1024;
  bool reuse_port = false;  ///< other processes may listen at the same TCP addresses
  /// Listened on instead of all the above, but for the one named "http": that is the endpoint's.
  std::vector<HandedSocket> handed_sockets;
  unsigned max_connections = 1024;
  unsigned max_connections_per_address = 0;  ///< 0: as many as they like
  bool refuse_at_once = true;  ///< maxconns_fast: answer and close; else let them queue

  command::Protocols protocols = command::Protocols::any;

  bool tls = false;       ///< listeners speak TLS, unless they say otherwise
  net::TlsOptions ssl{};  ///< `-o ssl_...`

  // Limits of its resources.
  unsigned threads = 4;
  std::size_t memory_limit = std::size_t{64} << 20;
  std::size_t max_item_size = std::size_t{1} << 20;
  bool evict = true;
  store::EvictionPolicy eviction = store::EvictionPolicy::adaptive;
  bool cas = true;
  unsigned hash_power = 0;
  bool lock_memory = false;
  bool huge_pages = false;

  // Snapshots, which survive a restart.
  std::string snapshot_file;                  ///< empty: nothing
  std::chrono::seconds snapshot_interval{0};  ///< 0: saved at the end only
  bool ready_while_loading = false;           ///< `/readyz` says so from the beginning

  // Rules for clients.
  std::string auth_file;  ///< whom to let in, see command/auth/users.hpp; empty: everybody
  unsigned requests_per_event = 20;
  std::chrono::seconds idle_timeout{0};  ///< 0: never; and so the others
  std::chrono::seconds request_timeout{60};
  std::chrono::seconds reply_timeout{60};
  std::chrono::seconds handshake_timeout{10};
  std::optional<std::size_t> client_memory;  ///< all that clients make it hold; 0: no limit; none:
                                             ///< see client_memory_limit
  std::optional<std::size_t> pinned_limit;   ///< none: a sixteenth of the memory; 0: no limit
  bool shutdown_command = false;
  bool flush_command = true;
  bool dump_commands = true;
  bool watch_command = true;
  std::size_t watcher_buffer = std::size_t{256} << 10;  ///< of lines that wait for one watcher
  char prefix_delimiter = ':';
  bool prefix_stats = false;
  bool track_sizes = false;  ///< `stats sizes`
  bool managed =
      false;  ///< keys are in buckets that must be owned, see command/execute/managed_buckets.hpp

  // The HTTP endpoint.
  bool http = true;
  std::string http_address = "127.0.0.1:9150";
  bool http_asked_for = false;  ///< given by the user: then failing to bind it is fatal
  std::string http_token_file;  ///< holds a token that clients must show; empty: none

  // The process.
  std::string user;  ///< to become when started as root
  std::string pid_file;
  bool daemon = false;
  bool core_dumps = false;
  std::chrono::seconds drain_timeout{5};  ///< when told to stop, for what clients are owed
  unsigned verbosity = 0;
  base::LogOptions log{};
};

}  // namespace cocached::server
