#include "net/worker.hpp"

#include <boost/asio/post.hpp>

namespace cocached::net {
namespace {

/// How long a connection may be silent before it gives its buffers back.
constexpr std::chrono::seconds kParkAfter{1};

}  // namespace

Worker::Worker(const Services& services, std::chrono::seconds idle_timeout)
    : work_(context_.get_executor()),
      clock_(services.clock),
      idle_timeout_(idle_timeout),
      environment_{services.store,    services.clock,  counters_,
                   services.prefixes, services.server, services.policy},
      idle_timer_(context_.get_executor()),
      stop_timer_(context_.get_executor()),
      tasks_(context_.get_executor()),
      housekeeping_(context_.get_executor()) {}

Worker::~Worker() {
  if (!thread_.joinable()) return;
  stop(std::chrono::milliseconds{0});
  join();
}

void Worker::start() {
  housekeeping_.spawn(look_after_idle());
  thread_ = std::thread{[this] { context_.run(); }};
}

void Worker::adopt(Socket socket, ConnectionLimit::Slot slot, const ListenerOptions& listener) {
  auto start = [this, socket = std::move(socket), slot = std::move(slot), &listener]() mutable {
    if (stopping_) return;
    tasks_.spawn(serve(std::move(socket), std::move(slot),
                       {environment_, blocks_, connections_, stopping_, listener}));
  };
  asio::post(context_, std::move(start));
}

void Worker::stop(std::chrono::milliseconds limit) {
  asio::post(context_, [this, limit] { begin_stop(limit); });
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::begin_stop(std::chrono::milliseconds limit) {
  stop_timer_.expires_after(limit);
  stop_timer_.async_wait([this](error_code error) {
    if (!error) connections_.close_all();
  });
  if (std::exchange(stopping_, true)) return;
  idle_timer_.cancel();
  connections_.interrupt_all();
  tasks_.when_empty([this] {
    stop_timer_.cancel();
    work_.reset();
  });
}

Task<void> Worker::look_after_idle() {
  const auto never = base::TimePoint::min();
  while (!stopping_) {
    const auto now = clock_.coarse_now();
    const bool times_out = idle_timeout_ > std::chrono::seconds::zero();
    connections_.interrupt_idle(now - kParkAfter, times_out ? now - idle_timeout_ : never);
    buffers_.store(blocks_.used(), std::memory_order_relaxed);
    idle_timer_.expires_after(kParkAfter);
    co_await idle_timer_.async_wait(as_value);
  }
}

std::vector<command::ConnectionInfo> Worker::connections() const {
  return connections_.list(clock_.coarse_now());
}

}  // namespace cocached::net
