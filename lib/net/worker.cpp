#include "net/worker.hpp"

#include "base/log.hpp"
#include "net/endpoint_text.hpp"
#include "net/event_loop.hpp"

#include <limits>

#include <boost/asio/post.hpp>

namespace cocached::net {

Worker::Worker(const WorkerServices& services, const ClientLimits& limits)
    : work_(context_.get_executor()),
      clock_(services.clock),
      keys_(services.miss_ratio, services.policy.dump_allowed),
      environment_{static_cast<const command::SharedServices&>(services), counters_, latency_,
                   keys_},
      blocks_(services.ledger),
      timeouts_(limits, connections_, blocks_, environment_.store, counters_),
      poller_(context_.get_executor()),
      idle_timer_(context_.get_executor()),
      stop_timer_(context_.get_executor()),
      tasks_(context_.get_executor()),
      housekeeping_(context_.get_executor()) {}

/// Ends every coroutine while the objects that it uses still live, also on a worker that has never
/// started.
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
  tasks_.keep_running("serving datagrams", [this, &added, protocols] {
    return serve_datagrams(added, {environment_, blocks_, connections_}, protocols);
  });
}

void Worker::start() {
  started_ = true;
  housekeeping_.keep_running("checking clients", [this] { return check_clients(); });
  housekeeping_.keep_running("polling", [this] { return poller_.run(); });
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

Task<void> Worker::check_clients() {
  while (!stopping_.begun) {
    timeouts_.check(clock_.coarse_now());
    buffers_.store(blocks_.used(), std::memory_order_relaxed);
    keys_.tick(clock_.coarse_now(), environment_.store.memory_limit());
    idle_timer_.expires_after(ClientTimeouts::kCheckEvery);
    co_await idle_timer_.async_wait(as_value);
    const std::chrono::nanoseconds late = Timer::clock_type::now() - idle_timer_.expiry();
    lag_ns_.store(std::max(late.count(), std::int64_t{0}), std::memory_order_relaxed);
  }
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
