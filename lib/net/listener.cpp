#include "net/listener.hpp"

#include "net/accept_clients.hpp"
#include "net/accept_shortage.hpp"
#include "net/endpoint_text.hpp"
#include "net/event_loop.hpp"
#include "net/reuse_port.hpp"

#include <sys/socket.h>

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>

namespace cocached::net {
namespace {

/// The time between two tries to accept again; memcached's figure.
constexpr std::chrono::milliseconds kPause{10};

/// A time without accepting, for the statistics; begins and ends with the object.
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

/// The clients of one listener, as accept_clients() sees them.
class Listener::Acceptance {
 public:
  Acceptance(Listener& listener, Dispatcher& dispatcher) noexcept
      : listener_(listener), dispatcher_(dispatcher) {}

  bool is_over() const noexcept { return listener_.closing_; }
  Worker& next_host() noexcept { return dispatcher_.next(); }

  Task<void> take(Socket socket, Worker& worker) {
    co_await wait_for_room();  // another listener may have taken the last room meanwhile
    if (!listener_.hand_over(std::move(socket), worker, dispatcher_)) co_await listener_.sleep();
    co_await wait_for_room();
  }
  Task<void> wait_out_shortage(error_code reason) {
    return listener_.wait_out_shortage(dispatcher_, reason);
  }

 private:
  Task<void> wait_for_room() {
    if (!dispatcher_.refuses_at_once() && dispatcher_.limit().full())
      co_await listener_.wait_for_room(dispatcher_);
  }

  Listener& listener_;
  Dispatcher& dispatcher_;
};

Task<void> Listener::accept(Dispatcher& dispatcher) {
  Acceptance clients{*this, dispatcher};
  co_await accept_clients(acceptor_, clients);
  accept_queue(dispatcher);
  error_code ignored;
  acceptor_.close(ignored);
}

/// Queued clients believe they are connected and may already have sent a request. `backlog_` bounds
/// the work: clients beyond it came after the close.
void Listener::accept_queue(Dispatcher& dispatcher) {
  error_code error;
  acceptor_.non_blocking(true, error);
  for (int i = 0; i < backlog_ && !error && !dispatcher.limit().full(); ++i) {
    auto& worker = dispatcher.next();
    Socket socket{worker.executor()};
    acceptor_.accept(socket, error);
    if (!error) hand_over(std::move(socket), worker, dispatcher);
  }
}

/// Returns false if the client is closed for want of memory.
bool Listener::hand_over(Socket socket, Worker& worker, Dispatcher& dispatcher) noexcept try {
  if (auto slot = dispatcher.admit(socket))
    worker.adopt(std::move(socket), std::move(*slot), options_);
  return true;
} catch (const std::exception&) {
  log_failure("a connection's start", std::current_exception());
  return false;
}

/// Waits until the system has descriptors and memory again. The client stays in the queue
/// meanwhile: accepting again at once would fail again, and spin.
Task<void> Listener::wait_out_shortage(Dispatcher& dispatcher, error_code reason) {
  AcceptShortage shortage;
  shortage.began(reason.message());
  const Pause pause{dispatcher, true};
  do {
    co_await sleep();
  } while (!closing_ && is_short());
  shortage.ended();
}

Task<void> Listener::wait_for_room(Dispatcher& dispatcher) {
  const Pause pause{dispatcher, false};
  while (!closing_ && dispatcher.limit().full()) co_await sleep();
}

Task<void> Listener::sleep() {
  timer_.expires_after(kPause);
  co_await timer_.async_wait(as_value);
}

/// Opens a socket, which fails for the same reasons as accepting one.
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
