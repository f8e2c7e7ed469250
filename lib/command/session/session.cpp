#include "command/session/session.hpp"

#include "base/log.hpp"
#include "command/stats/latency_family.hpp"
#include "command/watch/request_log.hpp"
#include "protocol/binary/binary_format.hpp"
#include "protocol/binary/binary_parser.hpp"
#include "protocol/limits.hpp"
#include "protocol/reply_line.hpp"
#include "protocol/reply_texts.hpp"
#include "protocol/text/text_parser.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace cocached::command {
namespace {

namespace text = protocol::text;

// Requests are copied into the window, and out of it when they are kept.
static_assert(std::is_trivially_copyable_v<protocol::Request>);

/// The key whose memory is worth fetching before the request is executed; else empty.
std::string_view first_key(const protocol::Request& request) noexcept {
  if (const auto* get = std::get_if<protocol::Get>(&request)) return get->first;
  if (const auto* lookup = std::get_if<protocol::Lookup>(&request)) return lookup->key;
  if (const auto* store = std::get_if<protocol::Storage>(&request)) return store->key;
  return {};
}

// The input has room for every line that is waited for.
static_assert(protocol::kMaxLine <= base::BlockPool::kBlockSize);

}  // namespace

Session::Session(Environment& environment, Protocols protocols, int descriptor)
    : env_(environment),
      descriptor_(descriptor),
      // A binary client can't say `bg`.
      protocol_(environment.buckets != nullptr ? Protocol::text : only_one_of(protocols)),
      turn_(environment.policy.requests_per_event) {
  if (env_.gatekeeper != nullptr) login_ = new_login();
}

NextStep Session::answer(protocol::InputBuffer& input, Batch& batch) {
  if (login_) return login_->answer(input, batch, turn_);
  if (watching_) return show_lines(input, batch);
  Pass pass{input, batch, Executor{env_, batch, progress_, turn_, descriptor_}};
  if (unfinished_) {
    if (!batch.has_room()) return BatchFull{};
    if (turn_.is_overdrawn()) return give_turn();
    if (const auto next = resume(pass)) return *next;
  }
  while (!turn_.is_over()) {
    if (!batch.has_room()) return BatchFull{};
    if (value_) {
      if (const auto next = finish_value(pass)) return *next;
    }
    if (keys_) {
      if (const auto next = answer_keys(pass)) return *next;
      continue;  // the list may have used up this turn
    }
    if (swallow_ > 0) swallow(input);
    if (input.empty()) return MoreInput{};
    if (const auto next = answer_requests(pass)) return *next;
  }
  if (input.empty() && !value_) return MoreInput{};
  return give_turn();
}

std::unique_ptr<Login> Session::new_login() const {
  std::optional<protocol::Dialect> dialect;
  if (protocol_ == Protocol::text) dialect = protocol::Dialect::text;
  if (protocol_ == Protocol::binary) dialect = protocol::Dialect::binary;
  return std::make_unique<Login>(dialect, env_.counters);
}

void Session::decide(bool admitted, Batch& batch) {
  login_->decide(admitted, batch);
  if (admitted) login_.reset();
}

void Session::watch(Topics topics, std::function<void()> wake, Batch& batch) {
  auto place = env_.watchers->add(topics, std::move(wake));
  if (place) watching_ = std::make_unique<Watchers::Subscription>(std::move(*place));
  protocol::text::write_line(batch.replies, place ? text::kOk : text::kTooManyWatchers);
}

/// Other connections have a turn between two batches of lines. More lines gather meanwhile.
NextStep Session::show_lines(protocol::InputBuffer& input, Batch& batch) {
  input.consume(input.unread().size());
  if (!batch.empty()) return BatchFull{};
  if (std::exchange(others_turn_, false)) return Yield{};
  auto lines = watching_->take();
  if (lines.empty()) return MoreInput{};
  batch.replies.append_owned(std::move(lines));
  others_turn_ = true;
  return BatchFull{};
}

NextStep Session::give_turn() noexcept {
  env_.counters.add(Count::yield);
  begin_turn();
  return Yield{};
}

/// The protocol of a connection whose first byte is `first`.
Session::Protocol Session::choose(char first) noexcept {
  return first == protocol::binary::kRequestMagic ? Protocol::binary : Protocol::text;
}

Session::Protocol Session::only_one_of(Protocols protocols) noexcept {
  if (protocols == Protocols::any) return Protocol::unknown;
  return protocols == Protocols::text ? Protocol::text : Protocol::binary;
}

/// Parses the request at the start of `unread`, which is not empty. Returns false if the request
/// has not arrived as far as its value.
bool Session::parse(std::string_view unread, ParsedRequest& ready) {
  if (protocol_ == Protocol::unknown) protocol_ = choose(unread.front());
  if (protocol_ == Protocol::binary) {
    protocol::parse_into(ready, [&] { return protocol::parse_binary(unread); });
    return ready.arrived();
  }
  const auto head = unread.substr(0, protocol::kMaxLine);
  const auto line = head.substr(0, head.find('\n') + 1);
  if (line.empty()) return false;
  protocol::parse_into(ready.request, [&] { return protocol::parse_text(line); });
  ready.size = line.size();
  const auto* fixed = std::get_if<protocol::Fixed>(&ready.request);
  ready.swallow = fixed ? fixed->swallow : 0;
  return true;
}

/// Parses the requests that have arrived whole into the window, and starts fetching the memory that
/// they will touch.
Session::Ahead Session::parse_ahead(std::string_view unread, std::size_t limit) {
  auto& [requests, keys] = env_.window;
  limit = std::min(limit, requests.size());
  std::size_t count = 0;
  bool value_is_missing = false;
  while (count < limit && !unread.empty() && parse(unread, requests[count])) {
    auto& [request, size, swallow] = requests[count];
    if (auto* store = std::get_if<protocol::Storage>(&request)) {
      const auto data = unread.substr(size, data_size(*store));
      value_is_missing = data.size() < data_size(*store);
      if (value_is_missing) break;
      store->data = data;
      size += data.size();
    }
    const auto key = first_key(request);
    keys[count++] = key.empty() ? store::Key{} : store::Key{key};
    unread.remove_prefix(size);
    if (swallow > 0) break;
  }
  env_.store.prefetch({keys.data(), count});
  return {count, value_is_missing};
}

/// Answers the requests that the input starts with. It is not empty.
std::optional<NextStep> Session::answer_requests(Pass& pass) {
  const auto ahead = parse_ahead(pass.input.unread(), turn_.left());
  if (const auto next = execute_window(ahead.count, pass)) return next;
  if (ahead.value_is_missing) {
    if (turn_.is_over() || !pass.batch.has_room()) return std::nullopt;
    return start_value(env_.window.requests[ahead.count], pass);
  }
  if (ahead.count > 0) return std::nullopt;
  return protocol_ == Protocol::binary ? MoreInput{} : wait_for_line(pass);
}

std::optional<NextStep> Session::execute_window(std::size_t count, Pass& pass) {
  for (std::size_t i = 0; i < count && !turn_.is_over(); ++i) {
    if (!pass.batch.has_room()) return BatchFull{};
    pass.executor.set_hashed_key(env_.window.keys[i]);
    if (base::log_enabled(base::LogLevel::debug)) log_request(descriptor_, pass.input.unread());
    turn_.add_request();
    if (const auto next = execute(env_.window.requests[i], pass)) return next;
  }
  return std::nullopt;
}

std::optional<NextStep> Session::resume(Pass& pass) {
  const auto ready = std::exchange(unfinished_, nullptr);
  return execute(*ready, pass);
}

std::optional<NextStep> Session::execute(const ParsedRequest& ready, Pass& pass) {
  const auto outcome = env_.buckets == nullptr ? std::visit(pass.executor, ready.request)
                                               : pass.executor.execute_managed(ready.request);
  if (outcome == Outcome::log_in) {
    login_ = new_login();  // a client that starts anew is unknown again
    return login_->answer(pass.input, pass.batch, turn_);
  }
  if (outcome == Outcome::unfinished) {
    unfinished_ = std::make_unique<const ParsedRequest>(ready);
    return pass.batch.has_room() ? give_turn() : BatchFull{};
  }
  pass.input.consume(ready.size);
  env_.latency.count(family_of(ready.request));
  if (outcome >= Outcome::hang_up) [[unlikely]] {
    if (outcome == Outcome::hang_up) return CloseConnection{};
    return StartWatching{std::get<protocol::Watch>(ready.request).topics};
  }
  swallow_ = ready.swallow;
  return std::nullopt;
}

/// Waits for the rest of a line. Only a list of keys may be longer than kMaxLine. The size alone
/// decides, not the pieces in which the bytes arrive.
std::optional<NextStep> Session::wait_for_line(Pass& pass) {
  if (pass.input.unread().size() < protocol::kMaxLine) return MoreInput{};
  if (protocol::may_be_long(pass.input.unread()) && start_keys(pass)) return std::nullopt;
  if (env_.policy.answer_unknown) pass.executor.reply(text::kLineTooLong);
  return CloseConnection{};
}

/// False: the line lists no keys.
bool Session::start_keys(Pass& pass) {
  const auto start = protocol::parse_key_list(pass.input.unread().substr(0, protocol::kMaxLine));
  if (!start) return false;
  const auto* refusal = std::get_if<protocol::Fixed>(&start->request);
  if (refusal != nullptr && refusal->unknown && !env_.policy.answer_unknown) return false;
  if (base::log_enabled(base::LogLevel::debug)) log_request(descriptor_, pass.input.unread());
  turn_.add_request();
  const auto* list = std::get_if<protocol::Get>(&start->request);
  keys_ = std::make_unique<KeyList>(list != nullptr ? *list : protocol::Get{});
  if (refusal != nullptr) pass.executor.reply(refusal->reply);
  if (list == nullptr || !pass.executor.use_claim_for_list()) keys_->skip();
  pass.input.consume(start->size);
  return true;
}

std::optional<NextStep> Session::answer_keys(Pass& pass) {
  switch (keys_->answer(pass.input, pass.executor)) {
    case KeyList::State::more_input:
      return MoreInput{};
    case KeyList::State::batch_full:
      return BatchFull{};
    case KeyList::State::turn_over:
      return give_turn();
    case KeyList::State::hang_up:
      return CloseConnection{};
    case KeyList::State::over:
      keys_.reset();
      env_.latency.count(insight::Family::get);
  }
  return std::nullopt;
}

}  // namespace cocached::command
