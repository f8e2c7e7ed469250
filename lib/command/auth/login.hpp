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

/// The part of a client's conversation before it is known who it is. Nothing is executed here: in
/// text the client can only `set` any key to `user password`, in binary say PLAIN of SASL.
class Login {
 public:
  /// `dialect`: what the client speaks; none: its first byte will tell.
  Login(std::optional<protocol::Dialect> dialect, Counters& counters) noexcept
      : dialect_(dialect), counters_(counters) {}

  /// Answers what is no attempt, until there is one, or `turn` is over.
  NextStep answer(protocol::InputBuffer& input, Batch& batch, TurnBudget& turn);

  /// Answers the attempt.
  void decide(bool admitted, Batch& batch);

  /// How long to wait before the next failure is answered: longer after each.
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
  std::optional<std::size_t> token_size_;  // text: of the token that is on its way
  protocol::WireFormat form_;              // binary: of the request that is being answered
  bool data_wanted_ = false;               // binary: PLAIN was chosen, its data is still to come
  unsigned failures_ = 0;
  Credentials attempt_;
};

}  // namespace cocached::command
