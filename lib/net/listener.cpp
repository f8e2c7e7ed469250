#include "net/listener.hpp"

#include "net/accept_shortage.hpp"
#include "net/endpoint_text.hpp"
#include "net/event_loop.hpp"
#include "net/reuse_port.hpp"

#include <sys/socket.h>

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>

namespace cocached::net {
namespace {

/// How often a listener that had to stop looks whether it can go on; memcached's figure.
constexpr std::chrono::milliseconds kPause{10};

/// One stretch of time without accepting, from beginning to end.
class Pause {
 public:
  Pause(Dispatcher& dispatcher, bool shortage) : dispatcher_(dispatcher) {
    dispatcher_.pause_began(shortage);
  }
  ~Pause() {
    const auto time = std::chrono::steady_clock::now() - began_;
    dispatcher_.pause_ended(std::chrono::duration_cast<std::chrono::microseconds>(time));
  }
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;

 private:
  Dispatcher& dispatcher_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace

/// A client that has no address has no share to keep to.
std::optional<AddressLimit::Share> Dispatcher::share_of(const Socket& socket) {
  if (!addresses_.limits()) return AddressLimit::Share{};
  error_code gone;
  const auto client = to_tcp(socket.remote_endpoint(gone));
  return client.port() == 0 ? AddressLimit::Share{} : addresses_.take(client.address());
}

std::optional<ConnectionLimit::Share> Dispatcher::admit(Socket& socket) {
  auto share = share_of(socket);
  if (!share) return refuse(socket, command::Count::refused_address);
  if (auto slot = limit_.take(std::move(*share))) return slot;
  return refuse(socket, command::Count::connection_rejected);
}

std::optional<ConnectionLimit::Share> Dispatcher::refuse(Socket& socket, command::Count reason) {
  constexpr std::string_view kRefusal = "ERROR Too many open connections\r\n";
  error_code ignored;  // whether it can be told or not, it is closed
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(kRefusal), ignored);
  counters_.add(reason);
  return std::nullopt;
}

void Dispatcher::pause_began(bool shortage) noexcept {
  if (shortage) counters_.add(command::Count::refused_descriptors);
  accepting_.store(false, std::memory_order_relaxed);
  pauses_.fetch_add(1, std::memory_order_relaxed);
}

void Dispatcher::pause_ended(std::chrono::microseconds time) noexcept {
  accepting_.store(true, std::memory_order_relaxed);
  paused_us_.fetch_add(static_cast<std::uint64_t>(time.count()), std::memory_order_relaxed);
}

Listener::Listener(asio::io_context& context, const Endpoint& endpoint, int backlog,
                   ListenerOptions options)
    : Listener(context, backlog, std::move(options)) {
  acceptor_.open(endpoint.protocol());
  acceptor_.set_option(Acceptor::reuse_address{true});
  if (options_.reuse_port) share_port(acceptor_.native_handle());
  // A v4 listener stands beside a v6 one, so that each address is bound once.
  if (endpoint.protocol().family() == AF_INET6) acceptor_.set_option(asio::ip::v6_only{true});
  acceptor_.bind(endpoint);
  acceptor_.listen(backlog);
}

Listener::Listener(asio::io_context& context, const UnixSocket& place, int backlog,
                   ListenerOptions options)
    : Listener(context, backlog, std::move(options)) {
  const asio::local::stream_protocol::endpoint endpoint{place.path};
  acceptor_.open(endpoint.protocol());
  remove_stale_socket(place.path);
  {
    const CreationMode restricted{place.mode};  // from the first moment on
    acceptor_.bind(endpoint);
  }
  file_.emplace(place.path);
  acceptor_.listen(backlog);
}

Listener::Listener(asio::io_context& context, ListeningSocket socket, ListenerOptions options)
    : Listener(context, 0, std::move(options)) {
  int family = AF_UNSPEC;
  socklen_t size = sizeof family;
  ::getsockopt(socket.descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size);
  acceptor_.assign(StreamProtocol{family, 0}, socket.descriptor);
}

Task<void> Listener::accept(Dispatcher& dispatcher) {
  while (!closing_) {
    auto& worker = dispatcher.next();
    Socket socket{worker.executor()};
    const auto [error] = co_await acceptor_.async_accept(socket, as_value);
    if (error == asio::error::operation_aborted) break;
    if (error == asio::error::connection_aborted) continue;
    if (error) {
      co_await outlast_shortage(dispatcher, error);
      continue;
    }
    // Another listener may have taken the last room meanwhile.
    if (waits_for_room(dispatcher)) co_await wait_for_room(dispatcher);
    if (!accepted(worker, std::move(socket), dispatcher)) co_await sleep();
    if (waits_for_room(dispatcher)) co_await wait_for_room(dispatcher);
  }
  accept_queue(dispatcher);
  error_code ignored;
  acceptor_.close(ignored);
}

/// Those in the queue take themselves for connected, and may have asked something already. More
/// than the queue had room for came later.
void Listener::accept_queue(Dispatcher& dispatcher) {
  error_code error;
  acceptor_.non_blocking(true, error);
  for (int i = 0; i < backlog_ && !error && !dispatcher.limit().full(); ++i) {
    auto& worker = dispatcher.next();
    Socket socket{worker.executor()};
    acceptor_.accept(socket, error);
    if (!error) accepted(worker, std::move(socket), dispatcher);
  }
}

/// False: for want of memory this one client is closed.
bool Listener::accepted(Worker& worker, Socket socket, Dispatcher& dispatcher) noexcept {
  try {
    if (auto slot = dispatcher.admit(socket))
      worker.adopt(std::move(socket), std::move(*slot), options_);
    return true;
  } catch (const std::exception&) {
    log_failure("a connection's start", std::current_exception());
    return false;
  }
}

/// The system has no descriptors or memory left. Trying on at once would only burn a core.
Task<void> Listener::outlast_shortage(Dispatcher& dispatcher, error_code reason) {
  AcceptShortage shortage;
  shortage.began(reason.message());
  const Pause pause{dispatcher, true};
  do {
    co_await sleep();
  } while (!closing_ && is_short());
  shortage.ended();
}

bool Listener::waits_for_room(const Dispatcher& dispatcher) noexcept {
  return !dispatcher.refuses_at_once() && dispatcher.limit().full();
}

Task<void> Listener::wait_for_room(Dispatcher& dispatcher) {
  const Pause pause{dispatcher, false};
  while (!closing_ && dispatcher.limit().full()) co_await sleep();
}

Task<void> Listener::sleep() {
  timer_.expires_after(kPause);
  co_await timer_.async_wait(as_value);
}

/// Asks as accepting would: for a socket.
bool Listener::is_short() {
  error_code error;
  Acceptor{acceptor_.get_executor()}.open(acceptor_.local_endpoint().protocol(), error);
  return error.failed();
}

void Listener::close() {
  closing_ = true;
  file_.reset();
  error_code ignored;
  acceptor_.cancel(ignored);
  timer_.cancel();
}

}  // namespace cocached::net
