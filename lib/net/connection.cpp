#include "net/connection.hpp"

#include "command/session.hpp"

#include <array>

#include <boost/asio/post.hpp>

namespace cocached::net {
namespace {

using command::Count;

/// What an attempt to read came to.
enum class Arrival : std::uint8_t { bytes, nothing, gone };

/// One client's socket, and what a conversation does with it.
class Connection {
 public:
  Connection(Socket socket, const tcp::endpoint& peer, const ConnectionContext& context);
  ~Connection() { counters().add(Count::connection_closed); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Task<void> converse();

 private:
  bool send_now();
  Task<bool> send_rest();
  Arrival receive_now(std::span<char> value);
  Arrival received(error_code error, std::size_t n, std::span<char> value);
  std::array<asio::mutable_buffer, 2> free_space(std::span<char> value);
  Task<bool> after_interrupt();
  Task<void> linger();

  base::TimePoint now() const { return context_.environment.clock.coarse_now(); }
  command::Counters& counters() const { return context_.environment.counters; }

  const ConnectionContext context_;
  Socket socket_;
  ConnectionEntry entry_;
  protocol::InputBuffer input_;
  command::Batch batch_;
  command::Session session_;
  bool more_expected_ = false;  // the last read filled all the space it had
};

tcp::endpoint local_endpoint(const Socket& socket) {
  error_code ignored;  // a client that has left already is noticed by the first read
  return socket.local_endpoint(ignored);
}

Connection::Connection(Socket socket, const tcp::endpoint& peer, const ConnectionContext& context)
    : context_(context),
      socket_(std::move(socket)),
      entry_(context.connections, socket_, peer, local_endpoint(socket_), now()),
      input_(context.blocks),
      batch_(context.blocks),
      session_(context.environment) {
  counters().add(Count::connection_opened);
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(tcp::no_delay{true}, ignored);
  socket_.set_option(Socket::keep_alive{true}, ignored);
}

/// Answer, send, wait.
Task<void> Connection::converse() {
  for (;;) {
    const auto need = session_.answer(input_, batch_);

    if (!send_now()) {
      const bool sent = co_await send_rest();
      if (!sent) co_return;
    }
    if (std::holds_alternative<command::HangUp>(need)) break;
    if (std::holds_alternative<command::BatchFull>(need)) continue;
    if (std::holds_alternative<command::Yield>(need)) {
      co_await asio::post(socket_.get_executor(), as_value);
      continue;
    }

    const auto* wanted = std::get_if<command::MoreValue>(&need);
    const auto value = wanted ? wanted->into : std::span<char>{};
    auto arrival = receive_now(value);
    if (arrival == Arrival::nothing && !context_.stopping) {
      entry_.set_state(wanted ? ConnectionState::reading_value : ConnectionState::reading);
      const auto [error, n] = co_await socket_.async_read_some(free_space(value), as_value);
      arrival = received(error, n, value);
      if (arrival == Arrival::nothing) {
        const bool stay = co_await after_interrupt();
        if (!stay) co_return;
        continue;
      }
    }
    if (arrival != Arrival::bytes) co_return;
  }
  co_await linger();
}

/// Sends what is owed without waiting. False: some of it must wait for the client to read.
bool Connection::send_now() {
  while (!batch_.empty()) {
    error_code error;
    const auto pieces = batch_.replies.pieces();
    const auto n = pieces.size() == 1 ? socket_.write_some(pieces.front(), error)
                                      : socket_.write_some(pieces, error);
    if (error) return false;
    counters().add(Count::bytes_written, n);
    batch_.replies.sent(n);
  }
  batch_.clear();
  return true;
}

/// Waits for the client to read until all is sent. False: it never will be.
Task<bool> Connection::send_rest() {
  while (!send_now()) {
    entry_.set_state(ConnectionState::writing);
    const auto [error] = co_await socket_.async_wait(Socket::wait_write, as_value);
    // A stop does not take back what is owed; only the worker's deadline closes the socket.
    const bool interrupted = error && entry_.take_interrupt() != Interrupt::none;
    if (error && !interrupted) co_return false;
    if (!socket_.is_open()) co_return false;
  }
  co_return true;
}

/// The bytes that are already here, where that is likely or the last chance.
Arrival Connection::receive_now(std::span<char> value) {
  if (!more_expected_ && !context_.stopping) return Arrival::nothing;
  error_code error;
  const auto n = socket_.read_some(free_space(value), error);
  return error == asio::error::would_block ? Arrival::nothing : received(error, n, value);
}

/// Books `n` bytes that were read into `free_space(value)`.
Arrival Connection::received(error_code error, std::size_t n, std::span<char> value) {
  if (error == asio::error::operation_aborted) return Arrival::nothing;
  if (error) return Arrival::gone;
  const auto of_value = std::min(n, value.size());
  if (of_value > 0) session_.value_arrived(of_value);
  input_.commit(n - of_value);
  more_expected_ = n == value.size() + input_.prepare().size() + (n - of_value);
  counters().add(Count::bytes_read, n);
  entry_.set_state(ConnectionState::parsing);
  entry_.command_seen(now());
  return Arrival::bytes;
}

/// A value goes straight to the store's memory, and what follows it to the input.
std::array<asio::mutable_buffer, 2> Connection::free_space(std::span<char> value) {
  const auto input = input_.prepare();
  return {asio::buffer(value.data(), value.size()), asio::buffer(input.data(), input.size())};
}

/// A wait was broken off. True: go on. An idle connection first gives its memory back and waits
/// without; false: it is to close.
Task<bool> Connection::after_interrupt() {
  for (;;) {
    const auto reason = entry_.take_interrupt();
    if (reason == Interrupt::idle_timeout) counters().add(Count::idle_kick);
    if (reason == Interrupt::idle_timeout || reason == Interrupt::none) co_return false;
    if (reason == Interrupt::stop || !input_.empty() || !session_.idle()) co_return true;

    input_.release();
    batch_.release();
    entry_.set_state(ConnectionState::parked);
    const auto [error] = co_await socket_.async_wait(Socket::wait_read, as_value);
    if (!error) co_return true;
  }
}

/// Closing with input unread would make the kernel throw away the last reply (RFC 1122, 4.2.2.13):
/// says goodbye, then reads on for a while, until the client has closed too.
Task<void> Connection::linger() {
  constexpr int kMaxReads = 64;
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  entry_.set_state(ConnectionState::closing);
  for (int reads = 0; reads < kMaxReads && !context_.stopping; ++reads) {
    input_.consume(input_.unread().size());
    const auto [failed, n] = co_await socket_.async_read_some(free_space({}), as_value);
    if (failed) co_return;
  }
}

}  // namespace

Task<void> serve(Socket socket, tcp::endpoint peer, ConnectionLimit::Slot slot,
                 ConnectionContext context) {
  const auto counted = std::move(slot);  // until the connection is gone
  Connection connection{std::move(socket), peer, context};
  co_await connection.converse();
}

}  // namespace cocached::net
