#pragma once

#include "base/log.hpp"
#include "command/watch/request_log.hpp"
#include "net/admission.hpp"
#include "net/connection.hpp"
#include "net/limits/client_origin.hpp"
#include "protocol/reply_texts.hpp"

/// The half of a connection that answers and sends.
namespace cocached::net {

/// On Yield the latency sample ends here: the reply is sent in a later turn.
template <ByteStream Stream>
command::NextStep Connection<Stream>::answer() try {
  latency().begin();
  const auto next = session_.answer(input_, batch_);
  if (std::holds_alternative<command::Yield>(next)) latency().end();
  return next;
} catch (const base::NoMoreMemory&) {
  return refuse_to_reply();
}

/// Part of a reply is lost for want of memory: tells the client so, and hangs up.
template <ByteStream Stream>
command::NextStep Connection<Stream>::refuse_to_reply() {
  counters().add(Count::no_buffers);
  latency().end();
  if (session_.speaks_text()) {
    batch_.replies.point_at(protocol::text::kNoMemoryToReply);
    batch_.replies.point_at(protocol::text::kLineEnd);
  }
  return command::CloseConnection{};
}

template <ByteStream Stream>
command::NextStep Connection<Stream>::yield() {
  counters().add(Count::yield);
  return command::Yield{};
}

template <ByteStream Stream>
Task<bool> Connection<Stream>::give_turn(PassBudget& passes) {
  co_await stream_.async_give_turn(as_value);
  begin_turn(passes);
  co_return !is_over();
}

template <ByteStream Stream>
void Connection<Stream>::begin_turn(PassBudget& passes) noexcept {
  passes.begin();
  session_.begin_turn();
}

template <ByteStream Stream>
bool Connection<Stream>::send_now(PassBudget& passes) {
  if (base::log_enabled(base::LogLevel::debug) && !batch_.empty()) log_owed();
  error_code error;
  while (!batch_.empty() && !error) {
    const auto n = stream_.try_write(batch_.replies.pieces(), error);
    if (!error) count_sent(n);
    if (batch_.empty()) break;
    passes.spend();
    if (passes.are_spent()) break;
  }
  latency().end();
  if (!batch_.empty()) return false;
  batch_.clear();
  return true;
}

template <ByteStream Stream>
void Connection<Stream>::log_owed() {
  const WriteBuffers pieces = batch_.replies.pieces();
  const auto& first = pieces.front();
  command::log_replies(stream_.descriptor(), {static_cast<const char*>(first.data()), first.size()},
                       asio::buffer_size(pieces));
}

template <ByteStream Stream>
bool Connection<Stream>::book_sent(error_code error, std::size_t n) {
  if (!error) {
    count_sent(n);
    return true;
  }
  const auto reason = entry_.take_interrupt();
  if (ends_connection(reason)) book_end(reason);
  return !ends_connection(reason);
}

template <ByteStream Stream>
void Connection<Stream>::count_sent(std::size_t n) {
  counters().add(Count::bytes_written, n);
  entry_.add_moved(n);
  batch_.replies.sent(n);
}

template <ByteStream Stream>
Task<void> Connection<Stream>::admit(const command::Credentials& who) {
  entry_.set_state(ConnectionState::parsing);
  auto asking = who;
  asking.origin = origin_of(stream_.descriptor());
  const bool admitted =
      co_await admission(*context_.environment.gatekeeper, std::move(asking), executor());
  if (!admitted && !context_.stopping.begun)
    co_await context_.connections.pause(executor(), session_.penalty());
  session_.decide(admitted, batch_);
}

template <ByteStream Stream>
void Connection<Stream>::start_watching(command::Topics topics) {
  session_.watch(topics, entry_.waker(executor()), batch_);
}

/// Closing with input unread would make the kernel throw away the last reply (RFC 1122, 4.2.2.13).
/// Within a moment the reply reaches the client, and so does the end that stops it from sending. A
/// client that does not close is closed.
template <ByteStream Stream>
Task<void> Connection<Stream>::linger() {
  constexpr int kMaxReads = 64;
  constexpr std::chrono::milliseconds kMoment{500};
  stream_.shutdown_send();
  entry_.set_state(ConnectionState::closing);
  Timer moment{executor(), kMoment};
  moment.async_wait([wake = entry_.waker(executor())](error_code error) {
    if (!error) wake();
  });
  const auto is_past = [&] { return Timer::clock_type::now() >= moment.expiry(); };
  for (int reads = 0; reads < kMaxReads && !context_.stopping.begun && !is_past(); ++reads) {
    input_.consume(input_.unread().size());
    const auto [error, n] = co_await async_receive(input_space());
    if (error) co_return;
  }
}

}  // namespace cocached::net
