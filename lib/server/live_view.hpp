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

/// The server as commands and the HTTP endpoint see it. Thread-safe; everything that it refers to
/// outlives it.
class View final : public command::ServerView, public http::Source {
 public:
  struct Parts {
    const Settings& settings;
    const net::WorkerServices& services;
    const Snapshots& snapshots;
    const std::vector<std::unique_ptr<net::Worker>>& workers;
    const net::Dispatcher& dispatcher;
    net::TlsContext* certificates;  ///< null without TLS
    std::function<void()> stop;     ///< from any thread
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

  /// Sets the listeners, which `connections` shows. To be called before threads run.
  void set_listeners(std::vector<command::ConnectionInfo> listeners) {
    listeners_ = std::move(listeners);
  }

  /// Makes the HTTP endpoint show no keys, for this reason; see why_keys_are_hidden(). To be called
  /// before threads run.
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

  /// True once the snapshot, if any, is loaded.
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
  // The sums at the last reset.
  command::Totals baseline_ COCACHED_GUARDED_BY(mutex_);
  insight::Latencies latency_baseline_ COCACHED_GUARDED_BY(mutex_);
};

}  // namespace cocached::server
