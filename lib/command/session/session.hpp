#pragma once

#include "command/allowed_protocols.hpp"
#include "command/auth/login.hpp"
#include "command/batch.hpp"
#include "command/execute/arriving_value.hpp"
#include "command/execute/executor.hpp"
#include "command/next_step.hpp"
#include "command/session/key_list.hpp"
#include "protocol/input_buffer.hpp"

#include <memory>
#include <optional>

namespace cocached::command {

/// The part of a connection that needs no socket: turns the bytes that have arrived into replies,
/// and remembers requests that are half answered (a value on its way, a list of keys, a dump).
///
/// No I/O, no waiting. Used by one thread.
class Session {
 public:
  /// The log and the watchers name the client by `descriptor`.
  explicit Session(Environment& environment, Protocols protocols = Protocols::any,
                   int descriptor = -1);

  /// Answers the whole requests in `input` while the batch has room and the turn lasts. A turn is
  /// the work of at most `requests_per_event` requests (see TurnBudget) in any number of calls; it
  /// begins with Yield or `begin_turn`. After BatchFull and Yield the caller reads nothing into
  /// `input` before the next call, because a request that is half answered still points there.
  /// Throws base::NoMoreMemory if the batch gets no memory for a reply.
  NextStep answer(protocol::InputBuffer& input, Batch& batch);

  /// Begins a turn: other connections had theirs while this one waited for its client.
  void begin_turn() noexcept { turn_.begin(); }

  /// `n` more bytes of the value stand in the memory that MoreValue named.
  void value_arrived(std::size_t n) noexcept { value_->filled(n); }

  /// Takes the gatekeeper's answer after Admission. `penalty`: how long a client waits for a
  /// refusal.
  void decide(bool admitted, Batch& batch);
  std::chrono::milliseconds penalty() const noexcept { return login_->penalty(); }

  /// True unless the client speaks the binary protocol.
  bool speaks_text() const noexcept { return protocol_ != Protocol::binary; }

  /// True while a request is half answered: it needs `answer` again, perhaps with more of its keys.
  bool is_half_way() const noexcept { return unfinished_ != nullptr || keys_ != nullptr; }

  /// Makes the client a watcher, after StartWatching. From then on the session ignores its input.
  /// Any thread calls `wake`, with locks held, when there are new lines to answer.
  void watch(Topics topics, std::function<void()> wake, Batch& batch);
  bool is_watching() const noexcept { return watching_ != nullptr; }

  /// True between requests: the session remembers nothing and holds no memory of the store.
  bool is_idle() const noexcept {
    return !value_ && !keys_ && swallow_ == 0 && !unfinished_ && !watching_;
  }

 private:
  enum class Protocol : std::uint8_t { unknown, text, binary };

  /// One call of `answer`: its arguments, and the executor that writes to the batch.
  struct Pass {
    protocol::InputBuffer& input;
    Batch& batch;
    Executor executor;
  };

  /// The requests in the window of the environment. Behind the first `count` of them, which have
  /// arrived whole, stands a storage command where only its value is missing.
  struct Ahead {
    std::size_t count;
    bool value_is_missing;
  };

  static Protocol only_one_of(Protocols protocols) noexcept;
  static Protocol choose(char first) noexcept;
  bool parse(std::string_view unread, ParsedRequest& ready);
  Ahead parse_ahead(std::string_view unread, std::size_t limit);
  std::optional<NextStep> answer_requests(Pass& pass);
  std::optional<NextStep> execute_window(std::size_t count, Pass& pass);
  std::optional<NextStep> resume(Pass& pass);
  std::optional<NextStep> execute(const ParsedRequest& ready, Pass& pass);
  std::optional<NextStep> wait_for_line(Pass& pass);
  bool start_keys(Pass& pass);
  std::optional<NextStep> answer_keys(Pass& pass);
  NextStep show_lines(protocol::InputBuffer& input, Batch& batch);
  NextStep give_turn() noexcept;
  std::unique_ptr<Login> new_login() const;

  // session_values.cpp
  std::optional<NextStep> start_value(const ParsedRequest& parsed, Pass& pass);
  std::optional<NextStep> finish_value(Pass& pass);
  void refuse_value(Pass& pass);
  void swallow(protocol::InputBuffer& input) noexcept;

  Environment& env_;
  const int descriptor_;
  Protocol protocol_;
  std::unique_ptr<Login> login_;  // until it is known who the client is
  std::unique_ptr<ArrivingValue> value_;
  std::unique_ptr<KeyList> keys_;
  TurnBudget turn_;
  std::size_t swallow_ = 0;  // bytes of an unwanted value that are still to come
  std::unique_ptr<const ParsedRequest> unfinished_;  // the input starts with it
  RequestProgress progress_;                         // of that
  std::unique_ptr<Watchers::Subscription> watching_;
  bool others_turn_ = false;  // other connections have a turn before this takes more lines
};

}  // namespace cocached::command
