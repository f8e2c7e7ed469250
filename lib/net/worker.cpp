#include "net/worker.hpp"

#include "base/log.hpp"
#include "net/endpoint_text.hpp"
#include "net/event_loop.hpp"

#include <limits>

#include <boost/asio/post.hpp>

namespace cocached::net {
namespace {

/// How long a connection may be silent before it gives its buffers back.
constexpr std::chrono::seconds kParkAfter{1};

/// The part of the store's memory that unread replies may keep from being freed by default.
constexpr std::size_t kPinnedPart = 16;

}  // namespace

Worker::Worker(const Services& services, const ClientLimits& limits)
    : work_(context_.get_executor()),
      clock_(services.clock),
      limits_(limits),
      idle_timeout_(limits.idle),
      keys_(services.miss_ratio, services.policy.dump_allowed),
      environment_{services.store,   services.clock,   counters_, services.server,
                   services.policy,  latency_,         keys_,     services.gatekeeper,
                   services.buckets, services.watchers},
      blocks_(services.ledger),
      poller_(context_.get_executor()),
      idle_timer_(context_.get_executor()),
      stop_timer_(context_.get_executor()),
      tasks_(context_.get_executor()),
      housekeeping_(context_.get_executor()) {}

/// Those who wait are told, and go, while all that they use is still there: also on a worker that
/// has never started.
Worker::~Worker() {
  if (started_ && !thread_.joinable()) return;
  stop(std::chrono::milliseconds{0});
  if (!started_) run_event_loop(context_);
  join();
}

void Worker::add(UdpSocket socket, command::Protocols protocols) {
  auto& added = datagrams_.emplace_back(std::move(socket));
  const int descriptor = added.descriptor();
  const auto address = local_text(descriptor);
  datagram_sockets_.push_back({.descriptor = descriptor,
                               .address = "udp" + address.substr(address.find_first_of("6:")),
                               .state = "conn_read"});
  tasks_.keep("serving datagrams", [this, &added, protocols] {
    return serve_datagrams(added, {environment_, blocks_, connections_}, protocols);
  });
}

void Worker::start() {
  started_ = true;
  housekeeping_.keep("looking after clients", [this] { return look_after_clients(); });
  housekeeping_.keep("polling", [this] { return poller_.run(); });
  thread_ = std::thread{[this] { run_event_loop(context_); }};
}

void Worker::adopt(Socket socket, ConnectionLimit::Share slot, const ListenerOptions& listener) {
  auto start = [this, socket = std::move(socket), slot = std::move(slot), &listener]() mutable {
    if (stopping_.begun) return;
    try {
      tasks_.spawn(serve_socket(std::move(socket), poller_, std::move(slot),
                                {environment_, blocks_, connections_, stopping_, listener}));
    } catch (const std::exception&) {
      log_failure("a connection's start", std::current_exception());
    }
  };
  asio::post(context_, std::move(start));
}

void Worker::stop(std::chrono::milliseconds limit, const std::function<void()>& stopped) {
  post_surely(executor(), [this, limit, stopped] {
    if (!stopping_.begun) on_stopped_ = stopped;
    begin_stop(limit);
  });
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::begin_stop(std::chrono::milliseconds limit) {
  if (!std::exchange(stopping_.begun, true)) {
    idle_timer_.cancel();
    connections_.interrupt_all();
    for (auto& socket : datagrams_) socket.close();
    tasks_.when_empty([this] { end(); });
  }
  set_deadline(limit);
}

/// Without the memory for a timer, the deadline is now.
void Worker::set_deadline(std::chrono::milliseconds limit) noexcept {
  if (stopped_) return;
  stopping_.deadline = Timer::clock_type::now() + limit;
  try {
    stop_timer_.expires_after(limit);
    stop_timer_.async_wait([this](error_code error) {
      if (!error) connections_.close_all();
    });
  } catch (const std::exception&) {
    connections_.close_all();
  }
}

void Worker::end() {
  stopped_ = true;
  stop_timer_.cancel();
  poller_.stop();
  work_.reset();
  if (on_stopped_) on_stopped_();
}

Task<void> Worker::look_after_clients() {
  while (!stopping_.begun) {
    look_after_clients_once();
    keys_.tick(clock_.coarse_now(), environment_.store.memory_limit());
    idle_timer_.expires_after(kParkAfter);
    co_await idle_timer_.async_wait(as_value);
    const std::chrono::nanoseconds late = Timer::clock_type::now() - idle_timer_.expiry();
    lag_ns_.store(std::max(late.count(), std::int64_t{0}), std::memory_order_relaxed);
  }
}

void Worker::look_after_clients_once() {
  const auto now = clock_.coarse_now();
  const auto timeout = idle_timeout();
  const bool times_out = timeout > std::chrono::seconds::zero();
  // Where memory is scarce, connections that do not need their buffers this moment give them back.
  const bool scarce = blocks_.ledger().is_scarce();
  if (scarce) blocks_.trim();
  connections_.interrupt_idle(scarce ? now : now - kParkAfter,
                              times_out ? now - timeout : base::TimePoint::min());
  look_after_slow(now);
  log_refused_memory();
  buffers_.store(blocks_.used(), std::memory_order_relaxed);
}

void Worker::look_after_slow(base::TimePoint now) {
  const bool unread = connections_.interrupt_slow(now, limits_);
  const auto& store = environment_.store;
  const auto limit = limits_.pinned_bytes.value_or(store.memory_limit() / kPinnedPart);
  if (!unread || limit == 0 || store.stats().pinned_bytes <= limit) return;
  base::log_warning("unread replies pin too much memory: closing those that are not read at all");
  connections_.interrupt_stalled_replies();
}

/// One line a second at most, whatever clients do.
void Worker::log_refused_memory() {
  const auto refused = counters_.value(command::Count::no_buffers);
  if (const auto more = refused - std::exchange(refused_memory_, refused); more > 0)
    base::log_warning("no more memory for what clients hold: {} connections closed", more);
}

std::vector<command::ConnectionInfo> Worker::connections() const {
  std::uint64_t next = 0;
  return connections(next, std::numeric_limits<std::size_t>::max());
}

std::vector<command::ConnectionInfo> Worker::connections(std::uint64_t& next,
                                                         std::size_t count) const {
  auto some = connections_.list(clock_.coarse_now(), next, count);
  if (next == 0) some.insert(some.end(), datagram_sockets_.begin(), datagram_sockets_.end());
  return some;
}

}  // namespace cocached::net
