#pragma once

#include "command/allowed_protocols.hpp"
#include "command/auth/gatekeeper.hpp"
#include "command/batch.hpp"
#include "command/counters.hpp"
#include "command/next_step.hpp"
#include "command/turn_budget.hpp"
#include "protocol/input_buffer.hpp"
#include "protocol/request.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace cocached::command {

/// The part of a client's conversation before the login. It executes no command: a text client can
/// only `set` any key to `user password`, and a binary client only use SASL with PLAIN. Used by one
/// thread.
class Login {
 public:
  /// `dialect`: the client's dialect; if none, the client's first byte decides. `counters` outlive
  /// the login.
  Login(std::optional<protocol::Dialect> dialect, Counters& counters) noexcept
      : dialect_(dialect), counters_(counters) {}

  /// Answers the requests in `input` until an attempt needs a decision (Admission) or another next
  /// step is due. After Admission the caller calls decide() before it calls this again.
  NextStep answer(protocol::InputBuffer& input, Batch& batch, TurnBudget& turn);

  /// Writes the reply to the attempt, and counts it.
  void decide(bool admitted, Batch& batch);

  /// Returns the delay before the reply to a failed attempt; it doubles with each failure, up to
  /// 1.6 seconds.
  std::chrono::milliseconds penalty() const noexcept;

 private:
  std::optional<NextStep> answer_text(protocol::InputBuffer& input, Batch& batch);
  std::optional<NextStep> take_token(protocol::InputBuffer& input, Batch& batch);
  std::optional<NextStep> answer_binary(protocol::InputBuffer& input, Batch& batch);
  std::optional<NextStep> answer_sasl(const protocol::Sasl& request, std::string_view data,
                                      Batch& batch);
  std::optional<NextStep> try_plain(std::string_view data, Batch& batch);
  NextStep request_admission(std::string_view user, std::string_view password);
  void refuse_binary(Batch& batch);

  std::optional<protocol::Dialect> dialect_;
  Counters& counters_;
  std::optional<std::size_t> token_size_;  // text: bytes of the token that must follow
  std::size_t swallow_ = 0;                // text: bytes of a refused value that are still to come
  protocol::WireFormat form_;              // binary: the format of the current request
  bool data_wanted_ = false;               // binary: the client chose PLAIN and owes its data
  unsigned failures_ = 0;
  Credentials attempt_;
};

}  // namespace cocached::command
