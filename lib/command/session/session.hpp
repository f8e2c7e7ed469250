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

/// One client's conversation, without its socket: turns the bytes that have arrived into replies,
/// and keeps what must be remembered in between (a value on its way, a list of keys or a dump half
/// answered).
///
/// No I/O, no waiting. Used by one thread.
class Session {
 public:
  /// `descriptor` is what the log calls the client, and those who watch see it by.
  explicit Session(Environment& environment, Protocols protocols = Protocols::any,
                   int descriptor = -1);

  /// Answers what has arrived, as far as it is whole, as far as the batch has room, and as far as
  /// fairness allows: at most the work of `requests_per_event` requests (see TurnBudget) from one
  /// Yield, or `begin_turn`, to the next Yield, however many calls that takes. After BatchFull and
  /// Yield nothing is read into `input` before the next call: a request that is half answered still
  /// points there.
  NextStep answer(protocol::InputBuffer& input, Batch& batch);

  /// Others have had their turn while this client was waited for.
  void begin_turn() noexcept { turn_.begin(); }

  /// `n` more bytes of the value stand in the memory that MoreValue named.
  void value_arrived(std::size_t n) noexcept { value_->filled(n); }

  /// The gatekeeper's answer after Admission; and how long to keep a client waiting for a refusal.
  void decide(bool admitted, Batch& batch);
  std::chrono::milliseconds penalty() const noexcept { return login_->penalty(); }

  /// The client understands lines of text.
  bool speaks_text() const noexcept { return protocol_ != Protocol::binary; }

  /// A request is half answered: it wants `answer` again, perhaps with more of its keys.
  bool is_half_way() const noexcept { return unfinished_ != nullptr || keys_ != nullptr; }

  /// Called after StartWatching: the client is shown what happens, and nothing that it says is
  /// heard any more. `wake` is called by any thread, with locks held, when there is something new
  /// to answer.
  void watch(Topics topics, std::function<void()> wake, Batch& batch);
  bool is_watching() const noexcept { return watching_ != nullptr; }

  /// True between requests: nothing is remembered, and no memory of the store is held.
  bool idle() const noexcept {
    return !value_ && !keys_ && swallow_ == 0 && !unfinished_ && !watching_;
  }

 private:
  enum class Protocol : std::uint8_t { unknown, text, binary };

  static Protocol only_one_of(Protocols protocols) noexcept;
  static Protocol choose(char first) noexcept;
  bool parse(std::string_view unread, ParsedRequest& ready);
  std::size_t parse_ahead(std::string_view unread, std::size_t limit);
  std::optional<NextStep> execute_window(std::size_t count, protocol::InputBuffer& input,
                                         Batch& batch, Executor& executor);
  std::optional<NextStep> resume(protocol::InputBuffer& input, Batch& batch, Executor& executor);
  std::optional<NextStep> execute(const ParsedRequest& ready, protocol::InputBuffer& input,
                                  Batch& batch, Executor& executor);
  std::optional<NextStep> start_incomplete(protocol::InputBuffer& input, Executor& executor);
  std::optional<NextStep> wait_for_line(protocol::InputBuffer& input, Executor& executor);
  bool start_keys(protocol::InputBuffer& input, Executor& executor);
  std::optional<NextStep> answer_keys(protocol::InputBuffer& input, Executor& executor);
  std::optional<NextStep> start_value(const protocol::Storage& request, std::size_t size,
                                      protocol::InputBuffer& input, Executor& executor);
  std::optional<NextStep> finish_value(protocol::InputBuffer& input, Executor& executor);
  void refuse_value(Executor& executor);
  bool swallow(protocol::InputBuffer& input) noexcept;
  NextStep show_lines(protocol::InputBuffer& input, Batch& batch);
  NextStep give_turn() noexcept;
  std::unique_ptr<Login> new_login() const;

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
  bool others_turn_ = false;  // before more lines are taken
};

}  // namespace cocached::command
