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

/// What follows a storage command: the value, and but for binary its line end.
std::size_t data_size(const protocol::Storage& store) noexcept {
  return store.length + line_end(store.form).size();
}

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
  Executor executor{env_, batch, progress_, turn_, descriptor_};
  if (unfinished_) {
    if (!batch.has_room()) return BatchFull{};
    if (turn_.is_overdrawn()) return give_turn();
    if (const auto need = resume(input, batch, executor)) return *need;
  }
  while (!turn_.is_over()) {
    if (!batch.has_room()) return BatchFull{};
    if (value_) {
      if (const auto need = finish_value(input, executor)) return *need;
    }
    if (keys_) {
      if (const auto need = answer_keys(input, executor)) return *need;
      continue;  // the list may have used up this turn
    }
    if (!swallow(input)) return MoreInput{};
    if (input.empty()) return MoreInput{};
    const auto count = parse_ahead(input.unread(), turn_.left());
    const auto need = count == 0 ? start_incomplete(input, executor)
                                 : execute_window(count, input, batch, executor);
    if (need) return *need;
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

/// Others have a turn between two batches of lines, in which more lines gather.
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

/// What a connection speaks whose first byte is `first`.
Session::Protocol Session::choose(char first) noexcept {
  return first == protocol::binary::kRequestMagic ? Protocol::binary : Protocol::text;
}

Session::Protocol Session::only_one_of(Protocols protocols) noexcept {
  if (protocols == Protocols::any) return Protocol::unknown;
  return protocols == Protocols::text ? Protocol::text : Protocol::binary;
}

/// Parses the request that `unread`, which is not empty, starts with. False: it has not arrived as
/// far as its value.
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

/// Parses what has arrived whole into the window, and starts fetching the memory it will touch. How
/// many requests these are.
std::size_t Session::parse_ahead(std::string_view unread, std::size_t limit) {
  auto& [requests, keys] = env_.window;
  limit = std::min(limit, requests.size());
  std::size_t count = 0;
  while (count < limit && !unread.empty() && parse(unread, requests[count])) {
    auto& [request, size, swallow] = requests[count];
    if (auto* store = std::get_if<protocol::Storage>(&request)) {
      store->data = unread.substr(size, data_size(*store));
      size += store->data.size();
      if (store->data.size() < data_size(*store)) break;
    }
    const auto key = first_key(request);
    keys[count++] = key.empty() ? store::Key{} : store::Key{key};
    unread.remove_prefix(size);
    if (swallow > 0) break;
  }
  env_.store.prefetch({keys.data(), count});
  return count;
}

std::optional<NextStep> Session::execute_window(std::size_t count, protocol::InputBuffer& input,
                                                Batch& batch, Executor& executor) {
  for (std::size_t i = 0; i < count && !turn_.is_over(); ++i) {
    if (!batch.has_room()) return BatchFull{};
    executor.hashed_ahead(env_.window.keys[i]);
    if (base::log_enabled(base::LogLevel::debug)) log_request(descriptor_, input.unread());
    turn_.add_request();
    if (const auto need = execute(env_.window.requests[i], input, batch, executor)) return need;
  }
  return std::nullopt;
}

std::optional<NextStep> Session::resume(protocol::InputBuffer& input, Batch& batch,
                                        Executor& executor) {
  const auto ready = std::exchange(unfinished_, nullptr);
  return execute(*ready, input, batch, executor);
}

std::optional<NextStep> Session::execute(const ParsedRequest& ready, protocol::InputBuffer& input,
                                         Batch& batch, Executor& executor) {
  const auto outcome = env_.buckets == nullptr ? std::visit(executor, ready.request)
                                               : executor.execute_managed(ready.request);
  if (outcome == Outcome::log_in) {
    login_ = new_login();  // whoever starts anew is unknown again
    return login_->answer(input, batch, turn_);
  }
  if (outcome == Outcome::unfinished) {
    unfinished_ = std::make_unique<const ParsedRequest>(ready);
    return batch.has_room() ? give_turn() : BatchFull{};
  }
  input.consume(ready.size);
  env_.latency.count(family_of(ready.request));
  if (outcome >= Outcome::hang_up) [[unlikely]] {
    if (outcome == Outcome::hang_up) return CloseConnection{};
    return StartWatching{std::get<protocol::Watch>(ready.request).topics};
  }
  swallow_ = ready.swallow;
  return std::nullopt;
}

/// The input starts with part of a request, or with a storage command whose value is still to come.
std::optional<NextStep> Session::start_incomplete(protocol::InputBuffer& input,
                                                  Executor& executor) {
  ParsedRequest ready;
  if (!parse(input.unread(), ready))
    return protocol_ == Protocol::binary ? MoreInput{} : wait_for_line(input, executor);
  turn_.add_request();
  return start_value(std::get<protocol::Storage>(ready.request), ready.size, input, executor);
}

/// Waits for the rest of a line. A list of keys may be longer than is waited for. The size alone
/// decides, not how the bytes arrive.
std::optional<NextStep> Session::wait_for_line(protocol::InputBuffer& input, Executor& executor) {
  if (input.unread().size() < protocol::kMaxLine) return MoreInput{};
  if (protocol::may_be_long(input.unread()) && start_keys(input, executor)) return std::nullopt;
  if (env_.policy.answer_unknown) executor.reply(text::kLineTooLong);
  return CloseConnection{};
}

/// False: the line lists no keys.
bool Session::start_keys(protocol::InputBuffer& input, Executor& executor) {
  const auto start = protocol::parse_key_list(input.unread().substr(0, protocol::kMaxLine));
  if (!start) return false;
  const auto* refusal = std::get_if<protocol::Fixed>(&start->request);
  if (refusal != nullptr && refusal->unknown && !env_.policy.answer_unknown) return false;
  if (base::log_enabled(base::LogLevel::debug)) log_request(descriptor_, input.unread());
  turn_.add_request();
  const auto* list = std::get_if<protocol::Get>(&start->request);
  keys_ = std::make_unique<KeyList>(list != nullptr ? *list : protocol::Get{});
  if (refusal != nullptr) executor.reply(refusal->reply);
  if (list == nullptr || !executor.admits_list()) keys_->skip();
  input.consume(start->size);
  return true;
}

std::optional<NextStep> Session::answer_keys(protocol::InputBuffer& input, Executor& executor) {
  switch (keys_->answer(input, executor)) {
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

/// A small value is waited for in the input, a large one is read straight into the store. `size` is
/// the request's without its value.
std::optional<NextStep> Session::start_value(const protocol::Storage& request, std::size_t size,
                                             protocol::InputBuffer& input, Executor& executor) {
  const bool fits_input = size + data_size(request) <= base::BlockPool::kBlockSize;
  if (fits_input && request.length <= env_.policy.max_value_size) return MoreInput{};

  if (base::log_enabled(base::LogLevel::debug)) log_request(descriptor_, input.unread());
  value_ = executor.expect_value(request, input.pool());
  if (!value_) {
    swallow_ = data_size(request);
    env_.latency.count(insight::Family::set);
  }
  input.consume(size);
  return std::nullopt;
}

/// Moves what was read along with the request, or behind the value, to where the value belongs.
std::optional<NextStep> Session::finish_value(protocol::InputBuffer& input, Executor& executor) {
  input.consume(value_->take(input.unread()));
  if (!value_->is_whole()) {
    const auto space = value_->space();
    if (!space.empty()) return MoreValue{space};
    refuse_value(executor);
    return std::nullopt;
  }
  const auto end = line_end(value_->request().form);
  if (input.unread().size() < end.size()) return MoreInput{};

  const bool well_ended = input.unread().starts_with(end);
  input.consume(end.size());
  const auto arrived = std::move(value_);
  if (well_ended)
    executor.commit(*arrived);
  else
    executor.reply_bad_data(arrived->request().form);
  env_.latency.count(insight::Family::set);
  return std::nullopt;
}

/// There is no memory for the rest of the value, which is swallowed.
void Session::refuse_value(Executor& executor) {
  swallow_ = value_->missing() + line_end(value_->request().form).size();
  executor.refuse_value(*value_);
  value_.reset();
  env_.latency.count(insight::Family::set);
}

/// False while an unwanted value is still arriving.
bool Session::swallow(protocol::InputBuffer& input) noexcept {
  const auto here = std::min(swallow_, input.unread().size());
  input.consume(here);
  swallow_ -= here;
  return swallow_ == 0;
}

}  // namespace cocached::command
