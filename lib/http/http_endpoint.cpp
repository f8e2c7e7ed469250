#include "http/http_endpoint.hpp"

#include "base/log.hpp"
#include "net/accept_clients.hpp"
#include "net/event_loop.hpp"
#include "net/reuse_port.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

namespace cocached::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// The time until accepting is tried again in a shortage: trying at once would only spin.
constexpr std::chrono::milliseconds kPause{100};

Audience audience_of(const tcp::endpoint& address) {
  return address.address().is_loopback() ? Audience::loopback : Audience::everyone;
}

using HttpAcceptor = asio::basic_socket_acceptor<tcp, net::IoExecutor>;

HttpAcceptor listen(asio::io_context& io, const ListenPlace& place) {
  HttpAcceptor acceptor{io};
  if (place.listening_socket) {
    acceptor.assign(tcp::v4(), *place.listening_socket);
    return acceptor;
  }
  acceptor.open(place.address.protocol());
  acceptor.set_option(HttpAcceptor::reuse_address{true});
  if (place.reuse_port) net::share_port(acceptor.native_handle());
  acceptor.bind(place.address);
  acceptor.listen();
  return acceptor;
}

}  // namespace

HttpEndpoint::HttpEndpoint(const ListenPlace& place, const Source& source, const base::Clock& clock,
                           std::string token, const Limits& limits, const History::Options& history,
                           base::MemoryLedger& ledger)
    : acceptor_(listen(io_, place)),
      retry_(io_),
      tick_(io_),
      history_(clock, history),
      turns_(io_.get_executor()),
      site_{{source, history_, traffic_}, open_,  turns_, traffic_,
            audience_of(address()),       limits, ledger, std::move(token)},
      tasks_(io_.get_executor()) {
  tasks_.keep_running("accepting for HTTP", [this] { return accept(); });
  tasks_.keep_running("the history", [this] { return remember(); });
}

HttpEndpoint::~HttpEndpoint() {
  stop();
}

tcp::endpoint HttpEndpoint::address() const {
  return acceptor_.local_endpoint();
}

void HttpEndpoint::start() {
  thread_ = std::thread{[this] { net::run_event_loop(io_); }};
}

void HttpEndpoint::stop() {
  if (!thread_.joinable()) return;
  net::post_surely(io_.get_executor(), [this] { close_all(); });
  thread_.join();  // run() returns when the last session has ended
}

void HttpEndpoint::close_all() {
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
  tick_.cancel();
  open_.close_all();
}

/// The task group begins this again after an exception: see TaskGroup::keep_running.
net::Task<void> HttpEndpoint::accept() {
  return net::accept_clients(acceptor_, *this);
}

net::Task<void> HttpEndpoint::wait_out_shortage(error_code reason) {
  ++traffic_.shortages;
  shortage_.began(reason.message());
  retry_.expires_after(kPause);
  co_await retry_.async_wait(net::as_value);
}

net::Task<void> HttpEndpoint::take(HttpSocket socket, HttpEndpoint& /*host*/) {
  if (is_over()) co_return;  // all connections are closed already
  shortage_.ended();
  ++traffic_.accepted;
  if (!make_room()) {
    ++traffic_.refused;
    turn_away(socket);
    co_return;
  }
  tasks_.spawn(serve_http(std::make_unique<OpenConnection>(std::move(socket), open_), site_),
               "an HTTP connection");
}

/// Closes the connection that may give way first, so that a probe need not wait for the timeout of
/// a client that asks nothing. Returns false if no connection may.
bool HttpEndpoint::make_room() {
  if (open_.count() < site_.limits.connections) return true;
  auto* idle = open_.first_to_give_way(site_.limits.patience);
  if (idle == nullptr) return false;
  ++traffic_.gave_way;
  if (idle->phase() == Phase::receiving) turn_away(idle->stream().socket());
  idle->close();
  return true;
}

/// Leaves out the points of a time in which the process did not run. After a point that could not
/// be made, which the task group logs, the next one is tried in a moment.
net::Task<void> HttpEndpoint::remember() {
  for (tick_.expires_after({}); acceptor_.is_open();) {
    co_await tick_.async_wait(net::as_value);
    if (!acceptor_.is_open()) break;
    tick_.expires_at(std::max(tick_.expiry() + history_.step(), net::Timer::clock_type::now()));
    history_.record(site_.content.source.snapshot());
  }
}

}  // namespace cocached::http
