#include "base/log.hpp"
#include "http/token.hpp"
#include "net/endpoint_text.hpp"
#include "server/key_privacy.hpp"
#include "server/platform/resource_limits.hpp"
#include "server/server_parts.hpp"
#include "server/tcp_binding.hpp"
#include "server/udp_binding.hpp"
#include "server/validate.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <utility>

/// The assembly of a server from its settings. No thread runs yet.
namespace cocached::server {
namespace {

Settings validated(const Settings& settings) {
  validate(settings);
  return settings;
}

store::StoreOptions store_options(const Settings& settings, command::Watchers& watchers) {
  return {.memory_limit = settings.memory_limit,
          .max_value_size = settings.max_item_size,
          .evict = settings.evict,
          .eviction = settings.eviction,
          .cas = settings.cas,
          .huge_pages = settings.huge_pages,
          .threads = settings.threads,
          .delimiter = settings.prefix_delimiter,
          .track_all_namespaces = settings.prefix_stats,
          .observer = &watchers};
}

command::Policy policy(const Settings& settings) {
  return {.max_value_size = settings.max_item_size,
          .requests_per_event = settings.requests_per_event,
          .shutdown_allowed = settings.shutdown_command,
          .flush_allowed = settings.flush_command,
          .dump_allowed = settings.dump_commands,
          .watch_allowed = settings.watch_command,
          .track_sizes = settings.track_sizes};
}

net::ClientLimits client_limits(const Settings& settings) {
  return {.idle = settings.idle_timeout,
          .request = settings.request_timeout,
          .reply = settings.reply_timeout,
          .handshake = settings.handshake_timeout,
          .pinned_bytes = settings.pinned_limit};
}

std::unique_ptr<PasswordGate> open_gate(const Settings& settings) {
  return settings.auth_file.empty() ? nullptr : std::make_unique<PasswordGate>(settings.auth_file);
}

/// As `stats conns` shows them.
std::vector<command::ConnectionInfo> as_connections(std::list<net::Listener>& listeners) {
  std::vector<command::ConnectionInfo> all;
  for (auto& listener : listeners)
    all.push_back({.descriptor = listener.descriptor(),
                   .address = net::text_of(listener.endpoint()),
                   .listener_tag = listener.options().tag,
                   .state = "conn_listening"});
  return all;
}

/// None without TLS. Paths are absolute, for a daemon changes its directory and reads them again.
std::unique_ptr<net::TlsContext> load_certificates(const Settings& settings) {
  if (!settings.tls) return nullptr;
  auto options = settings.ssl;
  for (auto* path : {&options.chain_file, &options.key_file, &options.ca_file})
    if (!path->empty()) *path = std::filesystem::absolute(*path);
  return std::make_unique<net::TlsContext>(std::move(options));
}

}  // namespace

Server::Impl::Impl(const Settings& settings)
    : settings_(validated(settings)),
      given_(settings_),
      watchers_(clock_, settings_.watcher_buffer),
      store_(store_options(settings_, watchers_)),
      snapshots_(store_, clock_, settings_.snapshot_file, settings_.snapshot_interval),
      policy_(policy(settings_)),
      gate_(open_gate(settings_)),
      buckets_(settings_.managed ? std::make_unique<command::ManagedBuckets>() : nullptr),
      ledger_(client_memory_limit(settings_)),
      services_{{store_, clock_, view_, policy_, gate_.get(), buckets_.get(), &watchers_},
                miss_ratio_,
                ledger_},
      dispatcher_(workers_, settings_.max_connections, settings_.refuse_at_once,
                  settings_.max_connections_per_address),
      certificates_(load_certificates(settings_)),
      view_({settings_, services_, snapshots_, workers_, dispatcher_, certificates_.get(),
             [this] { stop(); }}),
      maintenance_(store_, clock_),
      signals_(context_, SIGINT, SIGTERM, SIGUSR1),
      hangup_(context_, SIGHUP),
      accepting_(context_.get_executor()),
      listeners_(bind_listeners(context_, settings_, certificates_.get())) {
  std::signal(SIGPIPE, SIG_IGN);
  warn_of_client_memory(settings_);
  std::signal(SIGXFSZ, SIG_IGN);  // a snapshot past `ulimit -f` fails; it does not end the process
  view_.set_verbosity(settings_.verbosity);
  if (certificates_) reload_.add("certificates", [this] { certificates_->reload(); });
  if (gate_) reload_.add("users", [this] { gate_->reload(); });
  view_.set_listeners(as_connections(listeners_));
  add_workers();
  udp_endpoints_ = bind_udp(workers_, settings_);
  if (settings_.http) open_http();
}

void Server::Impl::add_workers() {
  for (unsigned i = 0; i < settings_.threads; ++i)
    workers_.push_back(std::make_unique<net::Worker>(services_, client_limits(settings_)));
}

http::ListenPlace Server::Impl::http_place() const {
  const auto named = [](const HandedSocket& socket) { return socket.name == kHttpSocket; };
  const auto& handed = settings_.handed_sockets;
  if (const auto found = std::ranges::find_if(handed, named); found != handed.end()) {
    if (!net::local_text(found->descriptor).starts_with("tcp"))
      throw std::runtime_error{"the socket that was handed over as http is no TCP socket"};
    return {.listening_socket = found->descriptor};
  }
  return {.address = resolve(parse_listen_address(settings_.http_address, 9150)).front(),
          .reuse_port = settings_.reuse_port};
}

/// Fails if an operator asked for the endpoint and it cannot listen. Without the default endpoint
/// the cache still starts.
void Server::Impl::open_http() {
  const auto place = http_place();
  const auto& file = settings_.http_token_file;
  auto token = file.empty() ? std::string{} : http::read_token(file);
  try {
    http_.emplace(place, view_, clock_, std::move(token), http::Limits{}, http::History::Options{},
                  ledger_);
    const auto address = http_->address().address();
    view_.hide_keys(why_keys_are_hidden(settings_, cache_places(), address));
    warn_of_shown_figures(settings_, cache_places(), address);
  } catch (const boost::system::system_error& error) {
    const auto failure = cannot_listen(place.address, error.code());
    if (settings_.http_asked_for) throw failure;
    base::log_warning("no HTTP endpoint: {}", failure.what());
  }
}

/// Returns the addresses where clients of the cache connect or, over UDP, send.
std::vector<net::Endpoint> Server::Impl::cache_places() const {
  std::vector<net::Endpoint> all;
  for (const auto& listener : listeners_) all.push_back(listener.endpoint());
  for (const auto& endpoint : udp_endpoints_)
    all.emplace_back(net::tcp::endpoint{endpoint.address(), endpoint.port()});
  return all;
}

}  // namespace cocached::server
