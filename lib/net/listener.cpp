#include "net/listener.hpp"

#include "base/log.hpp"

#include <boost/asio/ip/v6_only.hpp>

namespace cocached::net {
namespace {

/// How often a listener that had to stop looks whether it can go on; memcached's figure.
constexpr std::chrono::milliseconds kPause{10};

}  // namespace

void Dispatcher::refuse(Socket& socket) {
  constexpr std::string_view kRefusal = "ERROR Too many open connections\r\n";
  error_code ignored;  // whether it can be told or not, it is closed
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(kRefusal), ignored);
  counters_.add(command::Count::connection_rejected);
}

void Dispatcher::pause_began() noexcept {
  accepting_.store(false, std::memory_order_relaxed);
  pauses_.fetch_add(1, std::memory_order_relaxed);
}

void Dispatcher::pause_ended(std::chrono::microseconds time) noexcept {
  accepting_.store(true, std::memory_order_relaxed);
  paused_us_.fetch_add(static_cast<std::uint64_t>(time.count()), std::memory_order_relaxed);
}

Listener::Listener(asio::io_context& context, const Endpoint& endpoint, int backlog,
                   ListenerOptions options)
    : options_(std::move(options)), acceptor_(context), timer_(context) {
  acceptor_.open(endpoint.protocol());
  acceptor_.set_option(Acceptor::reuse_address{true});
  // A v4 listener stands beside a v6 one, so that each address is bound once.
  if (endpoint.protocol().family() == AF_INET6) acceptor_.set_option(asio::ip::v6_only{true});
  acceptor_.bind(endpoint);
  acceptor_.listen(backlog);
}

Task<void> Listener::accept(Dispatcher& dispatcher) {
  while (acceptor_.is_open()) {
    auto& worker = dispatcher.next();
    Socket socket{worker.executor()};
    const auto [error] = co_await acceptor_.async_accept(socket, as_value);
    if (error == asio::error::operation_aborted) break;
    if (error == asio::error::connection_aborted) continue;
    if (error) {
      co_await pause(dispatcher, error);
      continue;
    }
    accepted(worker, std::move(socket), dispatcher);
    const bool full = dispatcher.limit().open() >= dispatcher.limit().max();
    if (full && !dispatcher.refuses_at_once()) co_await pause(dispatcher, {});
  }
}

void Listener::accepted(Worker& worker, Socket socket, Dispatcher& dispatcher) {
  if (auto slot = dispatcher.limit().take())
    worker.adopt(std::move(socket), std::move(*slot), options_);
  else
    dispatcher.refuse(socket);
}

/// Waits until a connection has closed, or for a moment where it was the system that had no
/// descriptors or memory left: trying on at once would only burn a core.
Task<void> Listener::pause(Dispatcher& dispatcher, error_code reason) {
  if (reason) base::log_warning("cannot accept connections: {}", reason.message());
  const auto began = std::chrono::steady_clock::now();
  dispatcher.pause_began();
  do {
    timer_.expires_after(kPause);
    co_await timer_.async_wait(as_value);
  } while (acceptor_.is_open() && !reason && dispatcher.limit().open() >= dispatcher.limit().max());
  dispatcher.pause_ended(std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - began));
}

void Listener::close() {
  error_code ignored;
  acceptor_.close(ignored);
  timer_.cancel();
}

}  // namespace cocached::net
