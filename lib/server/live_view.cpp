#include "server/live_view.hpp"

#include "base/block_pool.hpp"
#include "base/log.hpp"
#include "command/stats/general_stats.hpp"
#include "server/key_listing.hpp"
#include "server/process_stats.hpp"
#include "server/settings_stats.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace cocached::server {

using command::Count;
using command::Totals;

namespace {

/// Each is a label of a dozen series in whatever scrapes them.
constexpr std::size_t kShownNamespaces = 50;

}  // namespace

View::View(Parts parts) : parts_(std::move(parts)), verbosity_(parts_.settings.verbosity) {
  if (!has_tls()) return;
  const auto& options = parts_.certificates->options();
  std::vector<std::string> files{options.chain_file, options.key_file, options.ca_file};
  std::erase(files, std::string{});
  certificate_refresh_.emplace(
      std::move(files), [this] { parts_.certificates->reload(); }, parts_.services.clock);
}

Totals View::raw_totals() const {
  Totals totals;
  parts_.dispatcher.counters().add_to(totals);
  for (const auto& worker : parts_.workers) worker->counters().add_to(totals);
  return totals;
}

Totals View::totals() const {
  const base::MutexLock lock{mutex_};  // first: a baseline taken in between would be ahead
  return raw_totals() - baseline_;
}

insight::Latencies View::raw_latencies() const {
  insight::Latencies latencies;
  for (const auto& worker : parts_.workers) worker->latency().add_to(latencies);
  return latencies;
}

insight::Latencies View::latencies() const {
  const base::MutexLock lock{mutex_};
  return raw_latencies() - latency_baseline_;
}

std::optional<insight::HotKeys> View::hot_keys() const {
  constexpr std::size_t kShown = 20;
  if (!parts_.settings.dump_commands) return std::nullopt;
  insight::HotKeySum sum;
  for (const auto& worker : parts_.workers)
    worker->keys().hot_keys().add_to(sum, parts_.services.clock.coarse_now());
  return sum.top(kShown);
}

insight::MissRatioCurve View::miss_ratio_curve() const {
  const auto sums = totals();
  return parts_.services.miss_ratio.curve(sums[Count::get], sums[Count::get_miss]);
}

http::KeyPage View::keys(const http::KeyQuery& query) const {
  return key_page(parts_.services.store, parts_.services.clock.coarse_now(), query);
}

void View::reset_totals() {
  const base::MutexLock lock{mutex_};
  parts_.services.miss_ratio.reset();
  latency_baseline_ = raw_latencies();
  baseline_ = raw_totals();
  // Connections that are open now count as opened since: curr_connections stays right.
  baseline_.set(Count::connection_opened, baseline_[Count::connection_closed]);
}

command::StatList View::general() const {
  const auto sums = totals();
  std::size_t buffers = 0;
  for (const auto& worker : parts_.workers) buffers += worker->buffer_count();
  const auto uptime = parts_.services.clock.now().time_since_epoch();
  return process_stats(
      parts_.settings,
      {.uptime = std::chrono::floor<std::chrono::seconds>(uptime),
       .time = std::chrono::floor<std::chrono::seconds>(parts_.services.clock.wall_now()),
       .connections = parts_.dispatcher.limit().open(),
       .connections_opened = sums[Count::connection_opened],
       .connections_rejected = sums[Count::connection_rejected] + sums[Count::refused_address],
       .buffers = buffers,
       .buffer_bytes = buffers * base::BlockPool::kBlockSize,
       .buffers_refused = sums[Count::no_buffers]});
}

command::StatList View::limits() const {
  const auto& dispatcher = parts_.dispatcher;
  return {{"accepting_conns", dispatcher.accepting() ? "1" : "0"},
          {"listen_disabled_num", fmt::to_string(dispatcher.pauses())},
          {"time_in_listen_disabled_us", fmt::to_string(dispatcher.paused_microseconds())},
          {"threads", fmt::to_string(parts_.workers.size())},
          {"conn_yields", fmt::to_string(totals()[Count::yield])}};
}

command::StatList View::settings() const {
  return setting_stats(parts_.settings,
                       {.memory_limit = parts_.services.store.memory_limit(),
                        .verbosity = verbosity_.load(std::memory_order_relaxed),
                        .idle_timeout = parts_.workers.front()->idle_timeout(),
                        .prefix_stats = parts_.services.store.tracks_all_namespaces()});
}

std::vector<command::ConnectionInfo> View::connections(command::ConnectionCursor& cursor,
                                                       std::size_t count) const {
  std::vector<command::ConnectionInfo> some;
  if (cursor.place == 0) {
    if (!draining()) some = listeners_;
    for (auto& listener : some)
      listener.since_last_command = parts_.services.clock.now().time_since_epoch();
  } else if (cursor.place <= parts_.workers.size()) {
    some = parts_.workers[cursor.place - 1]->connections(cursor.next, count);
  }
  if (cursor.next == 0) ++cursor.place;
  cursor.over = cursor.place > parts_.workers.size();
  return some;
}

void View::set_verbosity(unsigned level) {
  verbosity_.store(level, std::memory_order_relaxed);
  base::set_log_verbosity(static_cast<int>(std::min(level, 3U)));
}

command::StatList View::watching() const {
  const auto figures = parts_.services.watchers->figures();
  return {{"log_worker_dropped", "0"},
          {"log_worker_written", fmt::to_string(figures.lines)},
          {"log_watcher_skipped", fmt::to_string(figures.skipped)},
          {"log_watcher_sent", fmt::to_string(figures.sent)},
          {"log_watchers", fmt::to_string(figures.watchers)}};
}

command::StatList View::client_memory() const {
  const auto& ledger = parts_.services.ledger;
  return {{"client_memory", fmt::to_string(ledger.used())},
          {"client_memory_limit", fmt::to_string(ledger.limit())},
          {"client_memory_refused", fmt::to_string(ledger.refused())}};
}

command::StatList View::tls() const {
  if (!has_tls()) return {};
  const auto sums = totals();
  return {{"ssl_new_sessions", fmt::to_string(sums[Count::tls_new_session])},
          {"ssl_handshake_errors",
           fmt::to_string(sums[Count::tls_handshake_error] + sums[Count::slow_handshake])},
          {"ssl_proto_errors", fmt::to_string(sums[Count::tls_protocol_error])},
          {"time_since_server_cert_refresh", fmt::to_string(parts_.certificates->age().count())}};
}

command::StatList View::snapshots() const {
  return snapshot_stats(parts_.snapshots.figures());
}

std::optional<double> View::loading() const noexcept {
  if (parts_.settings.ready_while_loading || loaded()) return std::nullopt;
  return parts_.snapshots.figures().progress();
}

std::string View::refresh_certificates() {
  return certificate_refresh_->ask();
}

void View::shut_down(bool graceful) {
  base::log_info("{} asked for by a client", graceful ? "graceful stop" : "stop");
  parts_.stop();
}

http::Snapshot View::snapshot() const {
  http::Snapshot snapshot{.stats = command::general_stats(*this, parts_.services.store),
                          .settings = settings(),
                          .items = command::item_stats(*this, parts_.services.store),
                          .slabs = command::slab_stats(*this, parts_.services.store),
                          .totals = totals(),
                          .latencies = latencies(),
                          .miss_ratio = miss_ratio_curve(),
                          .store = parts_.services.store.stats(),
                          .threads = {},
                          .loop_lags = {}};
  auto namespaces =
      parts_.services.store.largest_namespaces(std::numeric_limits<std::size_t>::max());
  snapshot.namespace_count = namespaces.size();
  namespaces.resize(hidden_.empty() ? std::min(namespaces.size(), kShownNamespaces) : 0);
  snapshot.namespaces = std::move(namespaces);
  for (const auto& worker : parts_.workers) {
    worker->counters().add_to(snapshot.threads.emplace_back());
    snapshot.loop_lags.push_back(worker->lag());
  }
  return snapshot;
}

}  // namespace cocached::server
