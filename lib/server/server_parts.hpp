#pragma once

#include "base/clock.hpp"
#include "base/memory_ledger.hpp"
#include "command/execute/managed_buckets.hpp"
#include "command/watch/watchers.hpp"
#include "http/http_endpoint.hpp"
#include "net/dispatcher.hpp"
#include "net/event_loop.hpp"
#include "net/listener.hpp"
#include "net/task_group.hpp"
#include "net/tls/tls_context.hpp"
#include "net/worker.hpp"
#include "server/live_view.hpp"
#include "server/maintenance.hpp"
#include "server/password_gate.hpp"
#include "server/reload.hpp"
#include "server/server.hpp"
#include "server/snapshots.hpp"
#include "store/store.hpp"

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/signal_set.hpp>

namespace cocached::server {

namespace asio = boost::asio;

/// The parts of the server. A member uses those before it; only `services_` refers to a later one,
/// the view, which the workers use once they run.
///
/// The thread that calls `run` accepts clients and handles signals. Every worker, the HTTP
/// endpoint, maintenance, snapshots and the gate have threads of their own.
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
  void await_signal_until_cancelled(std::function<void(int)> act);
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
  base::MemoryLedger ledger_;                               // of the memory for clients
  const net::WorkerServices services_;
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

}  // namespace cocached::server
