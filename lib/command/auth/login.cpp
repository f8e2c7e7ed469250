// A login is a small state machine over the client's input. `dialect_` is chosen by the first byte.
// In text, `token_size_` is set between the line `set <key> <flags> <exptime> <bytes>` and the
// token that follows it. `swallow_` is set behind any other line that announces a value: the value
// of a refused request is not read as lines, so each request gets one error. In binary,
// `data_wanted_` is set between the choice of PLAIN and its data.
//
// Invariant: an attempt leaves as Admission, which points at `attempt_`; no input is answered until
// decide() ends the attempt. The worker of the connection is the only thread here: no lock.

#include "command/auth/login.hpp"

#include "command/protocol_version.hpp"
#include "protocol/binary/binary_format.hpp"
#include "protocol/binary/binary_parser.hpp"
#include "protocol/binary/binary_reply.hpp"
#include "protocol/limits.hpp"
#include "protocol/reply_line.hpp"
#include "protocol/reply_texts.hpp"
#include "protocol/text/text_parser.hpp"
#include "protocol/tokens.hpp"

#include <algorithm>

namespace cocached::command {
namespace {

namespace binary = protocol::binary;
namespace text = protocol::text;
using protocol::Dialect;

constexpr std::string_view kMechanism = "PLAIN";

/// The shortest line in bytes that may log in; memcached's figure.
constexpr std::size_t kMinLine = 6;

/// Returns the size in bytes of the token that `line` announces:
/// `set <any key> <flags> <exptime> <bytes>`. Returns nothing for any other line.
std::optional<std::size_t> announced_token(std::string_view line) noexcept {
  const protocol::Tokens words{line};
  if (words[0] != "set") return std::nullopt;
  return protocol::parse_number<std::uint32_t>(words[4]);
}

/// Returns the bytes that follow `line`, a whole line with its end, as its value.
std::size_t announced_value(std::string_view line) {
  const auto request = protocol::parse_text(line);
  if (const auto* store = std::get_if<protocol::Storage>(&request))
    return store->length + text::kLineEnd.size();
  const auto* fixed = std::get_if<protocol::Fixed>(&request);
  return fixed != nullptr ? fixed->swallow : 0;
}

/// Splits a message of SASL PLAIN: [authorization id] NUL user NUL password. Returns false if the
/// message is malformed, or asks to act as another user than the one who logs in.
bool split_plain(std::string_view data, std::string_view& user, std::string_view& password) {
  const auto first = data.find('\0');
  if (first == std::string_view::npos) return false;
  const auto second = data.find('\0', first + 1);
  if (second == std::string_view::npos) return false;
  user = data.substr(first + 1, second - first - 1);
  password = data.substr(second + 1);
  const auto acts_as = data.substr(0, first);
  return acts_as.empty() || acts_as == user;
}

}  // namespace

NextStep Login::answer(protocol::InputBuffer& input, Batch& batch, TurnBudget& turn) {
  while (!input.empty()) {
    if (!batch.has_room()) return BatchFull{};
    if (turn.is_over()) {
      counters_.add(Count::yield);
      turn.begin();
      return Yield{};
    }
    if (swallow_ > 0) {
      const auto here = std::min(swallow_, input.unread().size());
      input.consume(here);
      swallow_ -= here;
      continue;
    }
    turn.add_request();
    if (!dialect_)
      dialect_ = input.unread().front() == binary::kRequestMagic ? Dialect::binary : Dialect::text;
    const auto need = *dialect_ == Dialect::binary ? answer_binary(input, batch)
                      : token_size_.has_value()    ? take_token(input, batch)
                                                   : answer_text(input, batch);
    if (need) return *need;
  }
  return MoreInput{};
}

std::optional<NextStep> Login::answer_text(protocol::InputBuffer& input, Batch& batch) {
  const auto end = input.unread().substr(0, protocol::kMaxLine).find('\n');
  if (end == std::string_view::npos) {
    if (input.unread().size() >= protocol::kMaxLine) return CloseConnection{};
    return MoreInput{};
  }
  if (end < kMinLine) return CloseConnection{};
  auto line = input.unread().substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  token_size_ = announced_token(line);
  if (!token_size_) {
    text::write_line(batch.replies, text::kUnauthenticated);
    swallow_ = announced_value(input.unread().substr(0, end + 1));
  } else if (*token_size_ > protocol::kMaxAuthToken) {
    text::write_line(batch.replies, text::kAuthTokenTooLong);
    swallow_ = *token_size_ + text::kLineEnd.size();
    token_size_.reset();
  }
  input.consume(end + 1);
  return std::nullopt;
}

std::optional<NextStep> Login::take_token(protocol::InputBuffer& input, Batch& batch) {
  const auto size = *token_size_ + text::kLineEnd.size();
  if (input.unread().size() < size) {
    input.grow(size);
    return MoreInput{};
  }
  const auto arrived = input.unread().substr(0, size);
  const auto token = arrived.substr(0, *token_size_);
  token_size_.reset();
  input.consume(size);
  const auto blank = token.find(' ');
  if (!arrived.ends_with(text::kLineEnd))
    text::write_line(batch.replies, text::kBadTermination);
  else if (blank == std::string_view::npos)
    text::write_line(batch.replies, text::kBadAuthToken);
  else
    return request_admission(token.substr(0, blank), token.substr(blank + 1));
  return std::nullopt;
}

/// Answers SASL and version requests. Any other request gets an error and ends the connection, as
/// in memcached.
std::optional<NextStep> Login::answer_binary(protocol::InputBuffer& input, Batch& batch) {
  const auto parsed = protocol::parse_binary(input.unread());
  if (!parsed.arrived()) return MoreInput{};
  form_ = protocol::binary_form(input.unread());
  if (std::holds_alternative<protocol::Version>(parsed.request)) {
    binary::write_body(batch.replies, form_, kProtocolVersion);
    input.consume(parsed.size);
    return std::nullopt;
  }
  const auto* sasl = std::get_if<protocol::Sasl>(&parsed.request);
  const auto* refused = std::get_if<protocol::Refused>(&parsed.request);
  if (!sasl || parsed.swallow > protocol::kMaxAuthToken) {
    const bool broken = sasl || (refused && refused->hang_up);
    binary::write_error(batch.replies, form_, broken ? binary::kInvalid : binary::kAuthError);
    return CloseConnection{};
  }
  const auto size = parsed.size + parsed.swallow;
  if (input.unread().size() < size) {
    input.grow(size);
    return MoreInput{};
  }
  const auto data = input.unread().substr(parsed.size, parsed.swallow);
  const auto need = answer_sasl(*sasl, data, batch);
  input.consume(size);
  return need;
}

std::optional<NextStep> Login::answer_sasl(const protocol::Sasl& request, std::string_view data,
                                           Batch& batch) {
  using Step = protocol::Sasl::Step;
  const bool data_was_wanted = std::exchange(data_wanted_, false);
  if (request.step == Step::list) {
    binary::write_body(batch.replies, form_, kMechanism);
    return std::nullopt;
  }
  const bool starts = request.step == Step::start;
  if (request.mechanism != kMechanism || (!starts && !data_was_wanted)) {
    refuse_binary(batch);
    return std::nullopt;
  }
  if (starts && data.empty()) {
    binary::write_error(batch.replies, form_, binary::kAuthContinue);
    data_wanted_ = true;
    return std::nullopt;
  }
  return try_plain(data, batch);
}

std::optional<NextStep> Login::try_plain(std::string_view data, Batch& batch) {
  std::string_view user;
  std::string_view password;
  if (split_plain(data, user, password)) return request_admission(user, password);
  refuse_binary(batch);
  return std::nullopt;
}

void Login::refuse_binary(Batch& batch) {
  counters_.add(Count::auth);
  counters_.add(Count::auth_error);
  binary::write_error(batch.replies, form_, binary::kAuthError);
}

NextStep Login::request_admission(std::string_view user, std::string_view password) {
  attempt_ = {std::string{user}, std::string{password}};
  return Admission{&attempt_};
}

void Login::decide(bool admitted, Batch& batch) {
  attempt_ = {};
  counters_.add(Count::auth);
  if (!admitted) {
    counters_.add(Count::auth_error);
    ++failures_;
  }
  if (*dialect_ == Dialect::text)
    text::write_line(batch.replies, admitted ? text::kStored : text::kAuthFailed);
  else if (admitted)
    binary::write_body(batch.replies, form_, "Authenticated");
  else
    binary::write_error(batch.replies, form_, binary::kAuthError);
}

std::chrono::milliseconds Login::penalty() const noexcept {
  constexpr std::chrono::milliseconds kFirst{100};
  constexpr unsigned kMostDoublings = 4;
  return kFirst * (1U << std::min(failures_, kMostDoublings));
}

}  // namespace cocached::command
