#pragma once

#include "net/connection.hpp"
#include "protocol/reply_texts.hpp"

#include <algorithm>
#include <array>

#include <boost/asio/error.hpp>

/// The half of a connection that receives, and that ends when a wait is broken off.
namespace cocached::net {

template <ByteStream Stream>
std::optional<ReadBuffers> Connection<Stream>::make_space(const command::NextStep& next) try {
  entry_.set_state(receiving_state(next));
  auto space = input_space();
  if (const auto* wanted = std::get_if<command::MoreValue>(&next))
    space.front() = asio::buffer(wanted->into.data(), wanted->into.size());
  return space;
} catch (const base::NoMoreMemory&) {
  counters().add(Count::no_buffers);
  refuse_to_receive();
  return std::nullopt;
}

template <ByteStream Stream>
ReadBuffers Connection<Stream>::input_space() {
  const auto input = input_.prepare();
  return {asio::mutable_buffer{}, asio::buffer(input.data(), input.size())};
}

template <ByteStream Stream>
ConnectionState Connection<Stream>::receiving_state(const command::NextStep& next) const {
  const auto* const more = std::get_if<command::MoreInput>(&next);
  if (std::holds_alternative<command::MoreValue>(next) || (more != nullptr && more->of_value))
    return ConnectionState::reading_value;
  if (session_.is_watching()) return ConnectionState::watching;
  return between_requests() ? ConnectionState::reading : ConnectionState::reading_rest;
}

/// Tells the client that there is no memory for its request. Drops what the client has sent, or
/// else the kernel would throw away the reply.
template <ByteStream Stream>
void Connection<Stream>::refuse_to_receive() {
  error_code error;
  if (session_.speaks_text() && stream_.established()) {
    const std::array line{asio::buffer(protocol::text::kNoMemoryToRead),
                          asio::buffer(protocol::text::kLineEnd)};
    stream_.try_write(line, error);
  }
  stream_.shutdown_send();
  std::array<char, 1024> dropped;  // NOLINT: filled by reads
  error = {};
  for (unsigned reads = 0; reads < PassBudget::kPasses && !error; ++reads)
    stream_.try_read({asio::mutable_buffer{}, asio::buffer(dropped)}, error);
  close_reason_ = CloseReason::error;
}

template <ByteStream Stream>
Received Connection<Stream>::receive_now(const ReadBuffers& space, const Received& last) {
  if (context_.stopping.begun) return receive_last(space);
  if (!last.filled_space) return {Receipt::nothing_yet};
  error_code error;
  const auto n = stream_.try_read(space, error);
  if (error == asio::error::would_block) return {Receipt::nothing_yet};
  return book_received(error, n, space);
}

/// Reads what had arrived when the worker began to stop, and no more: the client may go on sending
/// for ever.
template <ByteStream Stream>
Received Connection<Stream>::receive_last(const ReadBuffers& space) {
  if (!last_bytes_) last_bytes_ = stream_.available();
  error_code error;
  const auto n = *last_bytes_ == 0 ? 0 : stream_.try_read(space, error);
  // TLS counts ciphertext, which is longer than its text.
  if (*last_bytes_ == 0 || error == asio::error::would_block) {
    discard_rest();
    return {Receipt::gone};
  }
  *last_bytes_ -= std::min(n, *last_bytes_);
  return book_received(error, n, space);
}

/// Closing with input unread would make the kernel throw away the last reply (RFC 1122, 4.2.2.13):
/// drops what has come meanwhile, as far as it is here.
template <ByteStream Stream>
void Connection<Stream>::discard_rest() {
  stream_.shutdown_send();
  error_code error;
  for (unsigned reads = 0; reads < PassBudget::kPasses && !error; ++reads) {
    input_.consume(input_.unread().size());
    stream_.try_read(input_space(), error);
  }
}

template <ByteStream Stream>
Received Connection<Stream>::book_received(error_code error, std::size_t n,
                                           const ReadBuffers& space) {
  if (error == asio::error::operation_aborted) return book_interrupt();
  if (error) {
    if (error != asio::error::eof) close_reason_ = CloseReason::error;
    return {Receipt::gone};
  }
  const auto of_value = std::min(n, space.front().size());
  if (of_value > 0) session_.value_arrived(of_value);
  input_.commit(n - of_value);
  counters().add(Count::bytes_read, n);
  entry_.add_moved(n);
  entry_.set_state(ConnectionState::parsing);
  entry_.command_seen(now());
  return {Receipt::bytes, n == asio::buffer_size(space)};
}

template <ByteStream Stream>
Received Connection<Stream>::book_wake(error_code error) {
  return error ? book_interrupt() : Received{Receipt::bytes};
}

/// The worker has broken off a wait. An idle connection gives its memory back.
template <ByteStream Stream>
Received Connection<Stream>::book_interrupt() {
  const auto reason = entry_.take_interrupt();
  if (ends_connection(reason)) {
    book_end(reason);
    return {Receipt::gone};
  }
  if (reason == Interrupt::stop || !between_requests()) return {Receipt::bytes};

  input_.release();
  batch_.release();
  entry_.set_state(ConnectionState::parked);
  return {Receipt::idle};
}

template <ByteStream Stream>
void Connection<Stream>::book_end(Interrupt reason) {
  if (const auto count = count_of(reason)) counters().add(*count);
  close_reason_ =
      reason == Interrupt::idle_timeout ? CloseReason::idle_timeout : CloseReason::error;
}

}  // namespace cocached::net
