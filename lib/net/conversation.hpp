#pragma once

#include "base/block_pool.hpp"
#include "base/log.hpp"
#include "command/session/session.hpp"
#include "command/watch/request_log.hpp"
#include "insight/latency.hpp"
#include "net/admission.hpp"
#include "net/connection_events.hpp"
#include "net/connection_table.hpp"
#include "net/limits/client_origin.hpp"
#include "net/limits/connection_limit.hpp"
#include "net/listener_options.hpp"
#include "net/stopping.hpp"
#include "net/stream.hpp"
#include "net/types.hpp"
#include "protocol/reply_texts.hpp"

#include <array>

#include <boost/asio/error.hpp>

namespace cocached::net {

/// What a connection uses of its worker and listener. Everything outlives the connection.
struct ConnectionContext {
  command::Environment& environment;
  base::BlockPool& blocks;
  ConnectionTable& connections;
  const Stopping& stopping;  ///< of the worker
  const ListenerOptions& listener;
};

/// What a client's stream, its buffers and its session do between two waits. Lives in the frame of
/// `converse`, on its worker's thread.
template <ByteStream Stream>
class Conversation {
 public:
  /// What to do after an attempt to read.
  enum class Next : std::uint8_t {
    answer,  ///< bytes have come, or the worker stops
    wait,    ///< nothing is here: read
    park,    ///< idle: wait for bytes without holding memory for them
    leave,   ///< the client is gone, or is sent away
  };

  /// How often the loop may answer without waiting before other connections, and timers, have a
  /// turn. A pass moves about 1 MiB at most; each but the first has cost a system call or two.
  static constexpr unsigned kPassesInATurn = 16;

  Conversation(Stream stream, const ConnectionContext& context)
      : context_(context),
        stream_(std::move(stream)),
        entry_(context.connections, stream_, context.listener, now()),
        input_(context.blocks),
        batch_(context.blocks),
        session_(context.environment, context.listener.protocols, stream_.descriptor()),
        events_(context.environment.watchers, stream_.descriptor(), context.stopping.begun) {
    counters().add(Count::connection_opened);
  }
  ~Conversation() { counters().add(Count::connection_closed); }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  command::NextStep answer();
  Task<void> give_turn();

  /// True: the socket is closed under the connection, or the worker waits no longer for its end.
  bool must_end() noexcept { return stream_.descriptor() < 0 || context_.stopping.is_over(); }

  bool send_now();
  Task<bool> settle(command::NextStep need);

  Next receive_now(const command::NextStep& need);
  bool value_expected() const noexcept { return !value_.empty(); }
  auto async_receive() { return stream_.async_read_some(input_space(), as_value); }
  auto async_receive_value() { return stream_.async_read_some(free_space(), as_value); }
  Next received(error_code error, std::size_t n);
  Next arrived(error_code error, std::size_t n);

  auto async_wait_readable() { return stream_.async_wait_readable(as_value); }
  Next woken(error_code error);

  Task<void> linger();

 private:
  using Count = command::Count;

  Task<void> admit(const command::Credentials& who);
  ReadBuffers free_space();
  command::NextStep give_up();
  bool has_input_space();
  void refuse_to_read();
  asio::mutable_buffer input_space();
  void begin_turn() noexcept;
  IoExecutor executor() { return stream_.get_executor(); }
  Next interrupted();
  Next receive_last();
  void discard_rest();
  bool ends(Interrupt reason);
  bool between() const { return input_.empty() && session_.idle(); }  // two requests
  void sent(std::size_t n);
  void log_owed();

  base::TimePoint now() const { return context_.environment.clock.coarse_now(); }
  command::Counters& counters() const { return context_.environment.counters; }
  insight::LatencyRecorder& latency() const { return context_.environment.latency; }

  const ConnectionContext context_;
  Stream stream_;
  ConnectionEntry entry_;
  protocol::InputBuffer input_;
  command::Batch batch_;
  command::Session session_;
  std::span<char> value_;  // where the rest of an arriving value belongs
  ConnectionEvents events_;
  bool more_expected_ = false;  // the last read filled all the space it had
  unsigned passes_ = 0;         // of this turn
  std::optional<std::size_t>
      last_bytes_;  // had arrived when the worker began to stop; not read yet
};

/// One client, from accept to close: answer, send, wait. Ends when the client leaves, is told to,
/// or the worker stops; never throws for what a client does.
template <ByteStream Stream>
Task<void> converse(Stream stream, ConnectionLimit::Share slot, ConnectionContext context) {
  using Next = typename Conversation<Stream>::Next;
  const auto counted = std::move(slot);  // until the connection is gone
  Conversation<Stream> client{std::move(stream), context};
  for (;;) {
    const command::NextStep need = client.answer();
    if (std::holds_alternative<command::Yield>(need)) {
      co_await client.give_turn();
      if (client.must_end()) co_return;
      continue;  // what is owed so far goes out with the rest
    }

    const bool asks = std::holds_alternative<command::Admission>(need) ||
                      std::holds_alternative<command::StartWatching>(need);
    if (!client.send_now() || asks) {
      const bool settled = co_await client.settle(need);
      if (!settled) co_return;
    }
    if (std::holds_alternative<command::CloseConnection>(need)) break;
    if (std::holds_alternative<command::BatchFull>(need) || asks) continue;

    auto next = client.receive_now(need);
    if (next == Next::wait && client.value_expected()) {
      const auto [error, n] = co_await client.async_receive_value();
      next = client.arrived(error, n);
    } else if (next == Next::wait) {
      const auto [error, n] = co_await client.async_receive();
      next = client.arrived(error, n);
    }
    while (next == Next::park) {
      const auto [error] = co_await client.async_wait_readable();
      next = client.woken(error);
    }
    if (next == Next::leave) co_return;
  }
  co_await client.linger();
}

/// Answers what has arrived. On Yield the latency sample ends here: the reply is sent in a later
/// turn.
template <ByteStream Stream>
command::NextStep Conversation<Stream>::answer() try {
  if (passes_ == kPassesInATurn) {
    counters().add(Count::yield);
    return command::Yield{};
  }
  ++passes_;
  latency().begin();
  const auto need = session_.answer(input_, batch_);
  if (std::holds_alternative<command::Yield>(need)) latency().end();
  return need;
} catch (const base::NoMoreMemory&) {
  return give_up();
}

/// Part of a reply is lost for want of memory: the client is told so, and sent away.
template <ByteStream Stream>
command::NextStep Conversation<Stream>::give_up() {
  counters().add(Count::no_buffers);
  latency().end();
  if (session_.speaks_text()) {
    batch_.replies.point_at(protocol::text::kNoMemoryToReply);
    batch_.replies.point_at(protocol::text::kLineEnd);
  }
  return command::CloseConnection{};
}

/// Takes the memory to read to. False: there is none.
template <ByteStream Stream>
bool Conversation<Stream>::has_input_space() try {
  input_.prepare();
  return true;
} catch (const base::NoMoreMemory&) {
  counters().add(Count::no_buffers);
  return false;
}

/// Without memory to read to, the client is told so. What it has sent is dropped, or else the
/// kernel would throw away the reply.
template <ByteStream Stream>
void Conversation<Stream>::refuse_to_read() {
  error_code error;
  if (session_.speaks_text() && stream_.established()) {
    const std::array line{asio::buffer(protocol::text::kNoMemoryToRead),
                          asio::buffer(protocol::text::kLineEnd)};
    stream_.try_write(line, error);
  }
  stream_.shutdown_send();
  std::array<char, 1024> dropped;  // NOLINT: filled by reads
  error = {};
  for (unsigned reads = 0; reads < kPassesInATurn && !error; ++reads)
    stream_.try_read({asio::mutable_buffer{}, asio::buffer(dropped)}, error);
  events_.failed();
}

/// Others have had their turn.
template <ByteStream Stream>
void Conversation<Stream>::begin_turn() noexcept {
  passes_ = 0;
  session_.begin_turn();
}

/// Comes back when all who are ready by now have had their turn.
template <ByteStream Stream>
Task<void> Conversation<Stream>::give_turn() {
  co_await stream_.async_give_turn(as_value);
  begin_turn();
}

/// Sends what is owed without waiting. False: some of it must wait for the client to read, or for
/// the next turn.
template <ByteStream Stream>
bool Conversation<Stream>::send_now() {
  if (base::log_enabled(base::LogLevel::debug) && !batch_.empty()) log_owed();
  error_code error;
  while (!batch_.empty() && !error) {
    const auto n = stream_.try_write(batch_.replies.pieces(), error);
    if (!error) sent(n);
    if (!batch_.empty() && ++passes_ >= kPassesInATurn) break;
  }
  latency().end();
  if (!batch_.empty()) return false;
  batch_.clear();
  return true;
}

template <ByteStream Stream>
void Conversation<Stream>::log_owed() {
  const WriteBuffers pieces = batch_.replies.pieces();
  const auto& first = pieces.front();
  command::log_replies(stream_.descriptor(), {static_cast<const char*>(first.data()), first.size()},
                       asio::buffer_size(pieces));
}

/// Waits for the client to read until all is sent; then for the gatekeeper if the client wants to
/// be let in, or begins to show it what happens if that is what it wants. False: it will never
/// read. A stop does not take back what is owed; only the worker's deadline ends the wait.
template <ByteStream Stream>
Task<bool> Conversation<Stream>::settle(command::NextStep need) {
  while (!batch_.empty()) {
    if (++passes_ > kPassesInATurn) {
      co_await give_turn();
      if (must_end()) co_return false;
    }
    entry_.set_state(session_.is_watching() ? ConnectionState::watching : ConnectionState::writing);
    const auto [error, n] = co_await stream_.async_write_some(batch_.replies.pieces(), as_value);
    if (error && ends(entry_.take_interrupt())) co_return false;
    sent(n);
  }
  batch_.clear();
  if (const auto* asked = std::get_if<command::Admission>(&need)) co_await admit(*asked->who);
  if (const auto* asked = std::get_if<command::StartWatching>(&need))
    session_.watch(asked->topics, entry_.waker(executor()), batch_);
  co_return true;
}

/// Who is refused learns it late, so that passwords cannot be guessed fast; nobody else waits.
template <ByteStream Stream>
Task<void> Conversation<Stream>::admit(const command::Credentials& who) {
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
void Conversation<Stream>::sent(std::size_t n) {
  counters().add(Count::bytes_written, n);
  entry_.moved(n);
  batch_.replies.sent(n);
}

/// Takes the bytes that are already here, where that is likely or the last chance.
template <ByteStream Stream>
auto Conversation<Stream>::receive_now(const command::NextStep& need) -> Next {
  const auto* wanted = std::get_if<command::MoreValue>(&need);
  value_ = wanted ? wanted->into : std::span<char>{};
  entry_.set_state(wanted                   ? ConnectionState::reading_value
                   : session_.is_watching() ? ConnectionState::watching
                   : between()              ? ConnectionState::reading
                                            : ConnectionState::reading_rest);
  if (!has_input_space()) {
    refuse_to_read();
    return Next::leave;
  }
  if (context_.stopping.begun) return receive_last();
  if (!more_expected_) return Next::wait;
  error_code error;
  const auto n = stream_.try_read(free_space(), error);
  return error == asio::error::would_block ? Next::wait : received(error, n);
}

/// Reads what had arrived when the worker began to stop, and no more: the client may go on sending
/// for ever.
template <ByteStream Stream>
auto Conversation<Stream>::receive_last() -> Next {
  if (!last_bytes_) last_bytes_ = stream_.available();
  error_code error;
  const auto n = *last_bytes_ == 0 ? 0 : stream_.try_read(free_space(), error);
  // TLS counts ciphertext, which is longer than its text.
  if (*last_bytes_ == 0 || error == asio::error::would_block) {
    discard_rest();
    return Next::leave;
  }
  *last_bytes_ -= std::min(n, *last_bytes_);
  return received(error, n);
}

/// Closing with input unread would make the kernel throw away the last reply (RFC 1122, 4.2.2.13):
/// what has come meanwhile is dropped, as far as it is here.
template <ByteStream Stream>
void Conversation<Stream>::discard_rest() {
  stream_.shutdown_send();
  value_ = {};
  error_code error;
  for (unsigned reads = 0; reads < kPassesInATurn && !error; ++reads) {
    input_.consume(input_.unread().size());
    stream_.try_read(free_space(), error);
  }
}

/// The client was waited for, so others have had their turn.
template <ByteStream Stream>
auto Conversation<Stream>::arrived(error_code error, std::size_t n) -> Next {
  begin_turn();
  return received(error, n);
}

template <ByteStream Stream>
auto Conversation<Stream>::woken(error_code error) -> Next {
  begin_turn();
  return error ? interrupted() : Next::answer;
}

/// Books `n` bytes that were read into `free_space`.
template <ByteStream Stream>
auto Conversation<Stream>::received(error_code error, std::size_t n) -> Next {
  if (error == asio::error::operation_aborted) return interrupted();
  if (error) {
    if (error != asio::error::eof) events_.failed();
    return Next::leave;
  }
  const auto of_value = std::min(n, value_.size());
  if (of_value > 0) session_.value_arrived(of_value);
  more_expected_ = n == value_.size() + input_.free();
  input_.commit(n - of_value);
  counters().add(Count::bytes_read, n);
  entry_.moved(n);
  entry_.set_state(ConnectionState::parsing);
  entry_.command_seen(now());
  return Next::answer;
}

/// A value goes straight to the store's memory, and what follows it to the input.
template <ByteStream Stream>
ReadBuffers Conversation<Stream>::free_space() {
  return {asio::buffer(value_.data(), value_.size()), input_space()};
}

template <ByteStream Stream>
asio::mutable_buffer Conversation<Stream>::input_space() {
  const auto input = input_.prepare();
  return asio::buffer(input.data(), input.size());
}

/// A wait was broken off. Who is merely idle gives its memory back.
template <ByteStream Stream>
auto Conversation<Stream>::interrupted() -> Next {
  const auto reason = entry_.take_interrupt();
  if (ends(reason)) return Next::leave;
  if (reason == Interrupt::stop || !between()) return Next::answer;

  input_.release();
  batch_.release();
  entry_.set_state(ConnectionState::parked);
  return Next::park;
}

/// Whether a broken wait is the connection's end: the client has broken it, or it is sent away.
template <ByteStream Stream>
bool Conversation<Stream>::ends(Interrupt reason) {
  const auto count = count_of(reason);
  const bool ending = count || reason == Interrupt::none;
  if (count) counters().add(*count);
  if (reason == Interrupt::idle_timeout)
    events_.idle();
  else if (ending)
    events_.failed();
  return ending;
}

/// Closing with input unread would make the kernel throw away the last reply (RFC 1122, 4.2.2.13):
/// says goodbye, then reads on for a moment, until the client has closed too. Within a moment the
/// reply reaches the client, and so does the end that stops it from sending. A client that does not
/// close is closed.
template <ByteStream Stream>
Task<void> Conversation<Stream>::linger() {
  constexpr int kMaxReads = 64;
  constexpr std::chrono::milliseconds kMoment{500};
  stream_.shutdown_send();
  entry_.set_state(ConnectionState::closing);
  value_ = {};
  Timer moment{executor(), kMoment};
  moment.async_wait([wake = entry_.waker(executor())](error_code error) {
    if (!error) wake();
  });
  const auto is_over = [&] { return Timer::clock_type::now() >= moment.expiry(); };
  for (int reads = 0; reads < kMaxReads && !context_.stopping.begun && !is_over(); ++reads) {
    input_.consume(input_.unread().size());
    const auto [error, n] = co_await async_receive();
    if (error) co_return;
  }
}

}  // namespace cocached::net
