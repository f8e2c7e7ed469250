#include "bench/driver.hpp"

#include "bench/time.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <system_error>
#include <utility>

namespace cocached::bench {
namespace {

constexpr std::size_t kBufferSize = std::size_t{256} << 10;
constexpr std::size_t kEvents = 256;
constexpr std::int64_t kPatience = 10 * kNsPerSecond;  // for a server that does not reply

std::atomic<bool> stop = false;
static_assert(std::atomic<bool>::is_always_lock_free);

void control(int epoll, int operation, std::uint32_t events, Connection& connection) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &connection;
  if (epoll_ctl(epoll, operation, connection.socket(), &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

}  // namespace

void request_stop() noexcept {
  stop = true;
}
bool stop_requested() noexcept {
  return stop;
}

Driver::Driver(const Options& options, const Dataset& data, Workload workload, Pace pace)
    : data_(data),
      workload_(std::move(workload)),
      pace_(pace),
      encoder_(make_encoder(options.protocol, data, options.ttl)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      events_(kEvents),
      buffer_(kBufferSize) {
  connect(options);
}

void Driver::connect(const Options& options) {
  for (std::size_t i = 0; i < options.connections; ++i) {
    Connection& connection =
        connections_.emplace_back(connect_to(options.host, options.port), options, data_, tally_);
    control(epoll_.number(), EPOLL_CTL_ADD, EPOLLIN, connection);
  }
}

void Driver::run() {
  start_ = last_event_ = now_ns();
  const bool open = pace_.rate > 0;
  if (!open) {
    for (Connection& connection : connections_) send_batch(connection);
  }
  while (true) {
    const std::int64_t now = now_ns();
    if (open) send_due(now);
    if (!more(now) && !waiting()) break;
    for (const epoll_event& event : wait(wait_limit(now))) handle(event);
  }
  seconds_ = static_cast<double>(now_ns() - start_) / kNsPerSecond;
}

bool Driver::more(std::int64_t now) const noexcept {
  return !exhausted_ && !stop_requested() && now - start_ < pace_.duration;
}

bool Driver::waiting() const noexcept {
  return tally_.requests < begun_;
}

bool Driver::take_request(std::int64_t now) {
  exhausted_ = exhausted_ || !workload_(request_);
  if (exhausted_) return false;
  if (!waiting()) last_event_ = now;  // patience begins with the first request that waits
  ++begun_;
  return true;
}

void Driver::send_batch(Connection& connection) {
  const std::int64_t now = now_ns();
  if (!more(now)) return;
  for (std::size_t i = 0; i < pace_.depth && take_request(now); ++i) {
    connection.add(request_, *encoder_, now);
  }
  flush(connection);
}

void Driver::send_due(std::int64_t now) {
  while (more(now)) {
    const std::int64_t due = next_due();
    if (due > now) return;
    Connection* connection = next_with_room();
    if (connection == nullptr || !take_request(now)) return;
    connection->add(request_, *encoder_, due);
    flush(*connection);
  }
}

std::int64_t Driver::next_due() const noexcept {
  const double since_start = static_cast<double>(begun_) * kNsPerSecond / pace_.rate;
  return start_ + static_cast<std::int64_t>(since_start);
}

Connection* Driver::next_with_room() {
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    Connection& connection = connections_[turn_];
    turn_ = (turn_ + 1) % connections_.size();
    if (connection.outstanding().size() < pace_.depth) return &connection;
  }
  return nullptr;
}

void Driver::flush(Connection& connection) {
  if (!connection.flush()) {
    control(epoll_.number(), EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT, connection);
  }
}

/// Returns the longest sleep in ns: to the next due request, to the end of the time, or to the end
/// of patience.
std::int64_t Driver::wait_limit(std::int64_t now) const noexcept {
  std::int64_t limit = waiting() ? last_event_ + kPatience - now : kForever;
  if (pace_.rate > 0 && more(now)) {
    limit = std::min(limit, start_ + pace_.duration - now);
    // A request that is due but not sent means that no connection has room: a reply must come
    // first.
    if (next_due() > now) limit = std::min(limit, next_due() - now);
  }
  return std::max<std::int64_t>(limit, 0);
}

std::span<epoll_event> Driver::wait(std::int64_t limit) {
  const timespec timeout{limit / kNsPerSecond, limit % kNsPerSecond};
  const int count = epoll_pwait2(epoll_.number(), events_.data(), static_cast<int>(events_.size()),
                                 &timeout, nullptr);
  if (count < 0 && errno != EINTR) {
    throw std::system_error(errno, std::generic_category(), "epoll_pwait2");
  }
  if (count <= 0) {
    if (waiting() && now_ns() - last_event_ >= kPatience) {
      throw ServerGone("server gone: no reply");
    }
    return {};
  }
  last_event_ = now_ns();
  return std::span(events_).first(static_cast<std::size_t>(count));
}

void Driver::handle(const epoll_event& event) {
  auto& connection = *static_cast<Connection*>(event.data.ptr);
  if ((event.events & EPOLLOUT) != 0 && connection.flush()) {
    control(epoll_.number(), EPOLL_CTL_MOD, EPOLLIN, connection);
  }
  if ((event.events & ~std::uint32_t{EPOLLOUT}) == 0) return;
  connection.receive(buffer_);
  if (pace_.rate <= 0 && connection.outstanding().empty()) send_batch(connection);
}

}  // namespace cocached::bench
