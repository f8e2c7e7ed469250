#include "http/http_connection.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

namespace cocached::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using beast::error_code;
using Parser = beast::http::request_parser<beast::http::empty_body>;

/// Waits for a request's header. What the client has sent beyond it stays in `buffer`.
net::Task<error_code> read_header(OpenConnection& connection, beast::flat_buffer& buffer,
                                  Parser& parser, const Limits& limits) {
  auto& stream = connection.stream();
  if (buffer.size() == 0) {
    stream.expires_after(limits.idle);
    const auto [error, size] =
        co_await stream.async_read_some(buffer.prepare(buffer.max_size()), net::as_value);
    if (error) co_return error;
    buffer.commit(size);
  }
  connection.enter(Phase::receiving);
  stream.expires_after(limits.header);
  const auto [error, size] =
      co_await beast::http::async_read_header(stream, buffer, parser, net::as_value);
  co_return error;
}

/// Returns true if the client is gone or was too slow, so no answer can reach it.
bool is_gone(error_code result) {
  using beast::http::error;
  const bool misread = result.category() == error_code{error::bad_method}.category();
  return !misread || result == error::end_of_stream || result == error::partial_message;
}

HttpStatus status_of(error_code result) {
  using beast::http::error;
  const bool too_long = result == error::header_limit || result == error::buffer_overflow;
  return too_long ? HttpStatus::request_header_fields_too_large : HttpStatus::bad_request;
}

net::Task<error_code> send(Stream& stream, const HttpResponse& response, const Limits& limits) {
  stream.expires_after(limits.write);
  const auto [error, size] = co_await beast::http::async_write(stream, response, net::as_value);
  co_return error;
}

/// Closes after a last answer. Closing with unread input would make the kernel reset the connection
/// and the client lose that answer, so read on for a while.
net::Task<void> close_gently(Stream& stream, const Limits& limits) {
  error_code error;
  stream.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
  const auto end = std::chrono::steady_clock::now() + limits.linger;
  stream.expires_at(end);
  std::array<char, 4096> ignored;
  // The stream's own limit ends a read that waits. One that finds input at once, it never ends.
  while (!error && std::chrono::steady_clock::now() < end) {
    const auto [result, size] =
        co_await stream.async_read_some(asio::buffer(ignored), net::as_value);
    error = result;
  }
  stream.close();
}

/// The answer to what `read_header` brought.
HttpResponse answer(error_code error, const Parser& parser, const Site& site) {
  if (error) return refusal(status_of(error));
  auto response = respond(parser.get(), site.content, site.audience, site.token);
  // No request here has a use for a body, and what is unread would be taken for the next request.
  if (!parser.is_done()) response.keep_alive(false);
  return response;
}

}  // namespace

net::Task<void> serve_http(std::unique_ptr<OpenConnection> connection, Site& site) {
  auto& stream = connection->stream();
  base::Booking header{site.ledger};
  if (!header.try_add(site.limits.header_bytes, base::MemoryUse::small)) {
    ++site.traffic.refused;
    co_return turn_away(stream.socket());
  }
  beast::flat_buffer buffer{site.limits.header_bytes};
  for (bool open = true; open;) {
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(site.limits.header_bytes));
    const auto error = co_await read_header(*connection, buffer, parser, site.limits);
    if (error && is_gone(error)) co_return;

    if (!error && is_costly(parser.get())) {
      co_await site.turns.next();
      if (connection->phase() == Phase::closed) co_return;
    }
    connection->enter(Phase::answering);
    site.traffic.open = site.open.count();
    base::Booking body{site.ledger};
    auto response = answer(error, parser, site);
    // Figures must be had where memory is scarce, so that all of it counts as a small need.
    if (!body.try_add(response.body().capacity(), base::MemoryUse::small))
      response = refusal(HttpStatus::service_unavailable);
    site.traffic.count(response.result());
    const auto write_error = co_await send(stream, response, site.limits);
    if (write_error) co_return;
    open = response.keep_alive();
    connection->enter(open ? Phase::kept_alive : Phase::closing);
  }
  co_await close_gently(stream, site.limits);
}

}  // namespace cocached::http
