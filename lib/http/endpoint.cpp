#include "http/endpoint.hpp"

#include "base/log.hpp"
#include "net/shared_port.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace cocached::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kOutcome = asio::as_tuple(asio::use_awaitable);

Audience audience_of(const tcp::endpoint& address) {
  return address.address().is_loopback() ? Audience::loopback : Audience::everyone;
}

/// Tells a client, as far as it goes without waiting, that there are too many.
void turn_away(tcp::socket& socket) {
  static constexpr std::string_view kAnswer =
      "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(kAnswer), ignored);
}

/// A session ends by returning; what it throws is a fault of ours, or want of memory.
void report(const std::exception_ptr& failure) noexcept {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    base::log_error("http: {}", error.what());
  }
}

tcp::acceptor listen(asio::io_context& io, const Place& place) {
  tcp::acceptor acceptor{io};
  if (place.listening_socket) {
    acceptor.assign(tcp::v4(), *place.listening_socket);
    return acceptor;
  }
  acceptor.open(place.address.protocol());
  acceptor.set_option(tcp::acceptor::reuse_address{true});
  if (place.reuse_port) net::share_port(acceptor.native_handle());
  acceptor.bind(place.address);
  acceptor.listen();
  return acceptor;
}

}  // namespace

Endpoint::Endpoint(const Place& place, const Source& source, const base::Clock& clock,
                   std::string token, const Limits& limits, const History::Options& history)
    : acceptor_(listen(io_, place)),
      retry_(io_),
      tick_(io_),
      history_(clock, history),
      site_{{source, history_}, audience_of(address()), limits, std::move(token)} {
  asio::co_spawn(io_, accept(), report);
  asio::co_spawn(io_, remember(), report);
}

Endpoint::~Endpoint() {
  stop();
}

tcp::endpoint Endpoint::address() const {
  return acceptor_.local_endpoint();
}

void Endpoint::start() {
  thread_ = std::thread{[this] { io_.run(); }};
}

void Endpoint::stop() {
  if (!thread_.joinable()) return;
  asio::post(io_, [this] { close_all(); });
  thread_.join();  // run() returns when the last session has ended
}

void Endpoint::close_all() {
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
  tick_.cancel();
  for (auto& stream : streams_) stream.close();
}

asio::awaitable<void> Endpoint::accept() {
  for (;;) {
    auto [error, socket] = co_await acceptor_.async_accept(kOutcome);
    if (!acceptor_.is_open()) co_return;
    if (!error)
      take(std::move(socket));
    else
      co_await pause();
  }
}

/// Out of file descriptors, most likely: accepting again at once would spin.
asio::awaitable<void> Endpoint::pause() {
  retry_.expires_after(std::chrono::milliseconds{100});
  co_await retry_.async_wait(kOutcome);
}

asio::awaitable<void> Endpoint::remember() {
  for (tick_.expires_after({}); acceptor_.is_open();) {
    history_.record(site_.content.source.snapshot());
    tick_.expires_at(tick_.expiry() + history_.step());
    co_await tick_.async_wait(kOutcome);
  }
}

void Endpoint::take(tcp::socket socket) {
  if (streams_.size() >= site_.limits.connections) return turn_away(socket);
  const auto stream = streams_.emplace(streams_.end(), std::move(socket));
  asio::co_spawn(io_, serve(*stream, site_), [this, stream](const std::exception_ptr& failure) {
    streams_.erase(stream);
    report(failure);
  });
}

}  // namespace cocached::http
