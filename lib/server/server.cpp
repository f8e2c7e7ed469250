#include "server/server.hpp"

#include "base/log.hpp"
#include "base/no_signals.hpp"
#include "net/endpoint_text.hpp"
#include "server/platform/service_manager.hpp"
#include "server/server_parts.hpp"
#include "server/validate.hpp"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace cocached::server {
namespace {

template <class Address>
ServerAddress to_endpoint(const Address& endpoint) {
  return {endpoint.address().to_string(), endpoint.port(), endpoint.address().is_v6()};
}

}  // namespace

std::string to_string(const ServerAddress& endpoint) {
  return endpoint.v6 ? fmt::format("[{}]:{}", endpoint.address, endpoint.port)
                     : fmt::format("{}:{}", endpoint.address, endpoint.port);
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
    accepting_.keep_running("accepting",
                            [this, &listener] { return listener.accept(dispatcher_); });
  wait_for_signal();
  wait_for_hangup();
  tell_service_manager(ServiceState::ready);
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
