#pragma once

#include "base/block_pool.hpp"
#include "command/session/session.hpp"
#include "insight/latency.hpp"
#include "net/connection_events.hpp"
#include "net/connection_table.hpp"
#include "net/limits/pass_budget.hpp"
#include "net/listener_options.hpp"
#include "net/stopping.hpp"
#include "net/stream.hpp"
#include "net/types.hpp"

#include <optional>

namespace cocached::net {

using command::StepKind;

/// The parts of its worker and listener that a connection uses. Everything outlives the connection.
struct ConnectionContext {
  command::Environment& environment;
  base::BlockPool& blocks;
  ConnectionTable& connections;
  const Stopping& stopping;  ///< of the worker
  const ListenerOptions& listener;
};

/// The outcome of an attempt to receive.
enum class Receipt : std::uint8_t {
  bytes,        ///< bytes have come, or the worker stops: answer
  nothing_yet,  ///< wait until something comes
  idle,         ///< the connection has given its memory back: wait until something comes
  gone,         ///< the client has left, or the server ends the connection
};
struct Received {
  Receipt receipt = Receipt::bytes;
  bool filled_space = false;  ///< more bytes are probably here already
};

/// One client's connection: its stream, its buffers and its session. The functions do the work
/// between two waits; `serve_connection` decides their order, and waits. Lives in the frame of that
/// coroutine, on its worker's thread.
///
///     bytes -> input_ -> session_.answer -> batch_ -> bytes
template <ByteStream Stream>
class Connection {
 public:
  Connection(Stream stream, const ConnectionContext& context)
      : context_(context),
        stream_(std::move(stream)),
        entry_(context.connections, stream_, context.listener, now()),
        input_(context.blocks),
        batch_(context.blocks),
        session_(context.environment, context.listener.protocols, stream_.descriptor()) {
    show_opened(context.environment.watchers, stream_.descriptor());
    counters().add(Count::connection_opened);
  }
  ~Connection() {
    const auto reason = context_.stopping.begun ? CloseReason::shutdown : close_reason_;
    show_closed(context_.environment.watchers, stream_.descriptor(), reason);
    counters().add(Count::connection_closed);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Answers what has arrived, as far as the batch has room and fairness allows.
  command::NextStep answer();

  /// Counts that the passes of this turn are spent.
  command::NextStep yield();

  /// Returns when every connection that is ready by now has had its turn. False: this connection
  /// ends, for its socket is closed or the worker waits for it no longer.
  Task<bool> give_turn(PassBudget& passes);

  /// Begins a turn: other connections had theirs while this one waited.
  void begin_turn(PassBudget& passes) noexcept;

  // Sending: connection_send.hpp

  /// Sends what is owed without waiting; each write but the first is a pass. False: some is left,
  /// which must wait for the client to read, or for the next turn.
  bool send_now(PassBudget& passes);

  bool owes_replies() const noexcept { return !batch_.empty(); }
  auto async_send() {
    entry_.set_state(session_.is_watching() ? ConnectionState::watching : ConnectionState::writing);
    return stream_.async_write_some(batch_.replies.pieces(), as_value);
  }

  /// Books the result of `async_send`. False: the connection ends.
  bool book_sent(error_code error, std::size_t n);

  /// Drops replies that are sent, and the pins that they held.
  void clear_replies() noexcept { batch_.clear(); }

  /// Asks the gatekeeper, and tells the session the decision. A refusal comes late, so that
  /// passwords cannot be guessed fast; no other client waits for it.
  Task<void> admit(const command::Credentials& who);
  void start_watching(command::Topics topics);

  /// Says goodbye and reads on for a moment, until the client has closed too.
  Task<void> linger();

  // Receiving: connection_receive.hpp

  /// Makes room for the bytes that the session wants. A value goes straight to the store's memory,
  /// and what follows it to the input. None: there is no memory, the client has been told so, and
  /// the connection ends.
  std::optional<ReadBuffers> make_space(const command::NextStep& next);

  /// Takes the bytes that are already here, where `last` makes that likely or it is the last
  /// chance.
  Received receive_now(const ReadBuffers& space, const Received& last);

  auto async_receive(const ReadBuffers& space) { return stream_.async_read_some(space, as_value); }

  /// Books `n` bytes that stand in `space`.
  Received book_received(error_code error, std::size_t n, const ReadBuffers& space);

  auto async_wait_readable() { return stream_.async_wait_readable(as_value); }

  /// Books the end of that wait.
  Received book_wake(error_code error);

 private:
  using Count = command::Count;

  command::NextStep refuse_to_reply();
  void count_sent(std::size_t n);
  void log_owed();
  ReadBuffers input_space();
  ConnectionState receiving_state(const command::NextStep& next) const;
  void refuse_to_receive();
  Received receive_last(const ReadBuffers& space);
  void discard_rest();
  Received book_interrupt();
  void book_end(Interrupt reason);

  bool between_requests() const { return input_.empty() && session_.is_idle(); }
  bool is_over() noexcept { return stream_.descriptor() < 0 || context_.stopping.is_over(); }
  IoExecutor executor() { return stream_.get_executor(); }
  base::TimePoint now() const { return context_.environment.clock.coarse_now(); }
  command::Counters& counters() const { return context_.environment.counters; }
  insight::LatencyRecorder& latency() const { return context_.environment.latency; }

  const ConnectionContext context_;
  Stream stream_;
  ConnectionEntry entry_;
  protocol::InputBuffer input_;
  command::Batch batch_;
  command::Session session_;
  CloseReason close_reason_ = CloseReason::normal;
  // Bytes that had arrived when the worker began to stop and are not read yet.
  std::optional<std::size_t> last_bytes_;
};

}  // namespace cocached::net
