#include "server/server.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/no_signals.hpp"
#include "command/execute/managed_buckets.hpp"
#include "command/watch/watchers.hpp"
#include "http/http_endpoint.hpp"
#include "http/token.hpp"
#include "net/endpoint_text.hpp"
#include "net/event_loop.hpp"
#include "net/listener.hpp"
#include "net/task_group.hpp"
#include "net/tls/tls_context.hpp"
#include "net/worker.hpp"
#include "server/key_privacy.hpp"
#include "server/live_view.hpp"
#include "server/maintenance.hpp"
#include "server/password_gate.hpp"
#include "server/platform/process.hpp"
#include "server/platform/resource_limits.hpp"
#include "server/platform/service_manager.hpp"
#include "server/reload.hpp"
#include "server/snapshots.hpp"
#include "server/tcp_binding.hpp"
#include "server/udp_binding.hpp"
#include "server/validate.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <thread>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

namespace cocached::server {
namespace {

namespace asio = boost::asio;

/// How long after the last client has come in it may take for its first request to be here.
constexpr std::chrono::milliseconds kGraceOfNewcomers{50};

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

template <class Address>
ServerAddress to_endpoint(const Address& endpoint) {
  return {endpoint.address().to_string(), endpoint.port(), endpoint.address().is_v6()};
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

std::thread without_signals(std::function<void()> work) {
  const base::NoSignals in_threads;
  return std::thread{std::move(work)};
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

std::string to_string(const ServerAddress& endpoint) {
  return endpoint.v6 ? fmt::format("[{}]:{}", endpoint.address, endpoint.port)
                     : fmt::format("{}:{}", endpoint.address, endpoint.port);
}

/// Members are in the order in which they need one another.
class Server::Impl {
 public:
  explicit Impl(const Settings& settings);
  ~Impl() { workers_.clear(); }  // they use what is destroyed before them

  std::vector<ServerAddress> endpoints() const;
  std::vector<ServerAddress> udp_endpoints() const;
  std::optional<ServerAddress> http_endpoint() const;
  Reload& reload() { return reload_; }
  void claim_files() { snapshots_.claim(); }
  void apply(const Settings& settings);
  void run();
  void stop() {
    net::post_surely(context_.get_executor(), [this] { stop_accepting(); });
  }

 private:
  void add_workers();
  http::ListenPlace http_place() const;
  std::vector<net::Endpoint> cache_places() const;
  void open_http();
  void wait_for_signal();
  void wait_for_hangup();
  void start_threads();
  void start();
  void stop_accepting();
  void drain();
  void stop_workers();
  void await_signal_until_cancelled(std::function<void(int)> insist);
  void save_snapshot();

  const Settings settings_;
  Settings given_;  // the latest
  base::SystemClock clock_;
  command::Watchers watchers_;
  store::Store store_;
  Snapshots snapshots_;
  insight::MissRatioSimulator miss_ratio_;
  const command::Policy policy_;
  std::unique_ptr<PasswordGate> gate_;                      // none: everybody may come in
  const std::unique_ptr<command::ManagedBuckets> buckets_;  // of a managed instance
  base::MemoryLedger ledger_;                               // of what clients hold
  std::vector<std::unique_ptr<net::Worker>> workers_;
  net::Dispatcher dispatcher_;
  const std::unique_ptr<net::TlsContext> certificates_;  // with TLS
  View view_;
  Maintenance maintenance_;
  asio::io_context context_{1};  // run by the thread that calls run()
  asio::signal_set signals_;
  asio::signal_set hangup_;
  Reload reload_;
  net::TaskGroup accepting_;
  std::list<net::Listener> listeners_;
  std::vector<asio::ip::udp::endpoint> udp_endpoints_;
  std::optional<http::HttpEndpoint> http_;
  std::optional<std::string> not_saved_;  // why the last snapshot is not
};

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
      dispatcher_(workers_, settings_.max_connections, settings_.refuse_at_once,
                  settings_.max_connections_per_address),
      certificates_(load_certificates(settings_)),
      view_({settings_, clock_, store_, watchers_, snapshots_, miss_ratio_, workers_, dispatcher_,
             certificates_.get(), [this] { stop(); }, ledger_}),
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
  const net::Services services{store_,      clock_,         view_,      policy_, miss_ratio_,
                               gate_.get(), buckets_.get(), &watchers_, ledger_};
  for (unsigned i = 0; i < settings_.threads; ++i)
    workers_.push_back(std::make_unique<net::Worker>(services, client_limits(settings_)));
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

/// Whoever asked for the endpoint gets it, or an error; nobody's cache fails for the default one.
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

std::vector<ServerAddress> Server::Impl::endpoints() const {
  std::vector<ServerAddress> all;
  for (const auto& listener : listeners_) {
    const auto address = net::to_tcp(listener.endpoint());
    if (address.port() != 0) all.push_back(to_endpoint(address));  // not a Unix socket's
  }
  return all;
}

std::vector<ServerAddress> Server::Impl::udp_endpoints() const {
  std::vector<ServerAddress> all;
  all.reserve(udp_endpoints_.size());
  for (const auto& endpoint : udp_endpoints_) all.push_back(to_endpoint(endpoint));
  return all;
}

std::optional<ServerAddress> Server::Impl::http_endpoint() const {
  if (!http_) return std::nullopt;
  return to_endpoint(http_->address());
}

void Server::Impl::apply(const Settings& settings) {
  validate(settings);
  const auto before = std::exchange(given_, settings);
  if (settings.memory_limit != before.memory_limit &&
      !store_.set_memory_limit(settings.memory_limit)) {
    base::log_warning("a memory limit above {} MiB waits for a restart",
                      store_.max_memory_limit() >> 20);
  }
  if (settings.verbosity != before.verbosity) view_.set_verbosity(settings.verbosity);
  if (settings.snapshot_interval != before.snapshot_interval)
    snapshots_.set_interval(settings.snapshot_interval);
  if (settings.idle_timeout != before.idle_timeout)
    for (auto& worker : workers_) worker->set_idle_timeout(settings.idle_timeout);
}

void Server::Impl::wait_for_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    base::log_info("signal {}: stopping", signal);
    stop_accepting();
  });
}

void Server::Impl::wait_for_hangup() {
  hangup_.async_wait([this](const boost::system::error_code& error, int) {
    if (error) return;
    tell_service_manager(ServiceState::reloading);
    reload_.run_all();
    tell_service_manager(ServiceState::ready);
    net::surely([this] { wait_for_hangup(); });
  });
}

void Server::Impl::start_threads() {
  const base::NoSignals in_threads;
  if (gate_) gate_->start();
  for (auto& worker : workers_) worker->start();
  maintenance_.start();
  snapshots_.start();
  if (http_) http_->start();
}

void Server::Impl::start() {
  start_threads();
  for (auto& listener : listeners_)
    accepting_.keep("accepting", [this, &listener] { return listener.accept(dispatcher_); });
  wait_for_signal();
  wait_for_hangup();
  tell_service_manager(ServiceState::ready);
}

void Server::Impl::stop_accepting() {
  if (!view_.begin_drain()) return;
  tell_service_manager(ServiceState::stopping);
  signals_.cancel();  // the next one is of those that insist
  hangup_.cancel();
  for (auto& listener : listeners_) listener.close();
}

/// Returns when the last client is gone. A second signal insists: nobody is waited for any longer.
void Server::Impl::stop_workers() {
  std::size_t running = workers_.size();
  const auto one_stopped = [this, &running] {
    if (--running == 0) signals_.cancel();
  };
  const auto stopped = [this, one_stopped] {
    net::post_surely(context_.get_executor(), one_stopped);
  };
  for (auto& worker : workers_) worker->stop(settings_.drain_timeout, stopped);
  await_signal_until_cancelled([this](int signal) {
    base::log_info("signal {}: closing all connections", signal);
    for (auto& worker : workers_) worker->stop(std::chrono::seconds::zero());
  });
  for (auto& worker : workers_) worker->join();
  context_.restart();
  context_.poll();  // after a second signal the last of `one_stopped` are still to run
}

/// Calls `insist` if a signal comes. Returns when nobody waits for one any more.
void Server::Impl::await_signal_until_cancelled(std::function<void(int)> insist) {
  net::surely([&] {
    signals_.async_wait([insist](const boost::system::error_code& error, int signal) {
      if (!error) insist(signal);
    });
  });
  context_.restart();
  net::run_event_loop(context_);
}

/// A signal meanwhile keeps the snapshot that is there; one more ends the process at once.
void Server::Impl::save_snapshot() {
  std::thread saving = without_signals([this] {
    not_saved_ = snapshots_.finish();
    net::post_surely(context_.get_executor(), [this] { signals_.cancel(); });
  });
  await_signal_until_cancelled([this](int signal) {
    base::log_warning("signal {}: the snapshot is not saved", signal);
    snapshots_.abandon();
    signals_.clear();
  });
  saving.join();
}

/// Readers of the HTTP endpoint see all of it.
void Server::Impl::drain() {
  if (dispatcher_.limit().open() > 0) std::this_thread::sleep_for(kGraceOfNewcomers);
  if (gate_) gate_->close();
  stop_workers();
  save_snapshot();
  maintenance_.stop();
  if (http_) http_->stop();
  base::block_signals();  // while `signals_` still lives, so that none comes in between
}

void Server::Impl::run() {
  start();
  net::run_event_loop(context_);  // until nobody accepts and nobody waits for a signal
  drain();
  if (not_saved_) throw std::runtime_error{*not_saved_};
}

Server::Server(const Settings& settings) : impl_(std::make_unique<Impl>(settings)) {}

Server::~Server() = default;

std::vector<ServerAddress> Server::endpoints() const {
  return impl_->endpoints();
}

std::vector<ServerAddress> Server::udp_endpoints() const {
  return impl_->udp_endpoints();
}

std::optional<ServerAddress> Server::http_endpoint() const {
  return impl_->http_endpoint();
}

void Server::claim_files() {
  impl_->claim_files();
}

Reload& Server::reload() {
  return impl_->reload();
}

void Server::apply(const Settings& settings) {
  impl_->apply(settings);
}

void Server::run() {
  impl_->run();
}

void Server::stop() {
  impl_->stop();
}

}  // namespace cocached::server
