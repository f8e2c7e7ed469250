#include "base/log.hpp"
#include "base/no_signals.hpp"
#include "server/platform/service_manager.hpp"
#include "server/server_parts.hpp"

#include <chrono>
#include <thread>
#include <utility>

/// The stop of a server: no new clients, then the last replies, then the snapshot.
namespace cocached::server {
namespace {

/// The time that the first request of the last accepted client may take to arrive.
constexpr std::chrono::milliseconds kGraceOfNewcomers{50};

std::thread without_signals(std::function<void()> work) {
  const base::NoSignals in_threads;
  return std::thread{std::move(work)};
}

}  // namespace

void Server::Impl::stop_accepting() {
  if (!view_.begin_drain()) return;
  tell_service_manager(ServiceState::stopping);
  signals_.cancel();  // the next signal closes all connections at once
  hangup_.cancel();
  for (auto& listener : listeners_) listener.close();
}

/// Returns when the last client is gone. After a second signal the server waits for no client.
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

/// Calls `act` if a signal comes. Returns after that, or when `signals_` is cancelled.
void Server::Impl::await_signal_until_cancelled(std::function<void(int)> act) {
  net::surely([&] {
    signals_.async_wait([act](const boost::system::error_code& error, int signal) {
      if (!error) act(signal);
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

}  // namespace cocached::server
