#pragma once

#include "base/clock.hpp"
#include "base/memory_ledger.hpp"
#include "base/thread_annotations.hpp"
#include "command/server_view.hpp"
#include "command/watch/watchers.hpp"
#include "http/figures_source.hpp"
#include "insight/miss_ratio.hpp"
#include "net/listener.hpp"
#include "net/tls/tls_context.hpp"
#include "net/worker.hpp"
#include "server/certificate_refresh.hpp"
#include "server/settings.hpp"
#include "server/snapshots.hpp"
#include "store/store.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cocached::server {

/// What commands and the HTTP endpoint see of the server. Thread-safe; everything that it refers to
/// outlives it.
class View final : public command::ServerView, public http::Source {
 public:
  struct Parts {
    const Settings& settings;
    const base::Clock& clock;
    store::Store& store;
    const command::Watchers& watchers;
    const Snapshots& snapshots;
    insight::MissRatioSimulator& miss_ratio;
    const std::vector<std::unique_ptr<net::Worker>>& workers;
    const net::Dispatcher& dispatcher;
    net::TlsContext* certificates;  ///< null without TLS
    std::function<void()> stop;     ///< from any thread
    const base::MemoryLedger& ledger;
  };

  explicit View(Parts parts);

  command::Totals totals() const override;
  insight::Latencies latencies() const override;
  std::optional<insight::HotKeys> hot_keys() const override;
  insight::MissRatioCurve miss_ratio_curve() const override;
  void reset_totals() override;
  command::StatList general() const override;
  command::StatList limits() const override;
  command::StatList settings() const override;
  std::vector<command::ConnectionInfo> connections(command::ConnectionCursor& cursor,
                                                   std::size_t count) const override;

  /// What accepts connections, to be shown with them. Before anybody asks.
  void set_listeners(std::vector<command::ConnectionInfo> listeners) {
    listeners_ = std::move(listeners);
  }

  /// From now on the HTTP endpoint shows no keys, for this reason; see why_keys_are_hidden().
  /// Before anybody asks.
  void hide_keys(std::string reason) { hidden_ = std::move(reason); }
  std::string_view why_keys_are_hidden() const noexcept override { return hidden_; }

  void set_verbosity(unsigned level) override;
  bool has_tls() const override { return parts_.certificates != nullptr; }
  command::StatList watching() const override;
  command::StatList client_memory() const override;
  command::StatList tls() const override;
  command::StatList snapshots() const override;
  std::string refresh_certificates() override;
  void shut_down(bool graceful) override;

  http::Snapshot snapshot() const override;
  http::KeyPage keys(const http::KeyQuery& query) const override;
  bool draining() const noexcept override { return draining_.load(std::memory_order_relaxed); }

  std::optional<double> loading() const noexcept override;

  /// From now on `draining`; false if it was before. Any thread.
  bool begin_drain() noexcept { return !draining_.exchange(true); }

  /// The cache is as full as a snapshot can make it.
  bool loaded() const noexcept { return parts_.snapshots.loaded(); }

 private:
  command::Totals raw_totals() const;
  insight::Latencies raw_latencies() const;

  const Parts parts_;
  std::vector<command::ConnectionInfo> listeners_;
  std::string hidden_;
  std::optional<CertificateRefresh> certificate_refresh_;  // with TLS
  std::atomic<unsigned> verbosity_;
  std::atomic<bool> draining_{false};
  mutable base::Mutex mutex_;
  // What there was at the last reset.
  command::Totals baseline_ COCACHED_GUARDED_BY(mutex_);
  insight::Latencies latency_baseline_ COCACHED_GUARDED_BY(mutex_);
};

}  // namespace cocached::server
