#include "command/session.hpp"

#include "protocol/binary.hpp"
#include "protocol/binary_parser.hpp"
#include "protocol/limits.hpp"
#include "protocol/text.hpp"
#include "protocol/text_parser.hpp"
#include "protocol/tokens.hpp"

#include <algorithm>
#include <cstring>

namespace cocached::command {
namespace {

namespace text = protocol::text;

/// The key whose memory is worth fetching before the request is executed; else empty.
std::string_view first_key(const protocol::Request& request) noexcept {
  if (const auto* get = std::get_if<protocol::Get>(&request)) {
    auto keys = get->keys;
    return protocol::next_token(keys);
  }
  if (const auto* lookup = std::get_if<protocol::Lookup>(&request)) return lookup->key;
  if (const auto* store = std::get_if<protocol::Store>(&request)) return store->key;
  return {};
}

/// What follows a storage command: the value, and but for binary its line end.
std::size_t data_size(const protocol::Store& store) noexcept {
  return store.length + line_end(store.form).size();
}

}  // namespace

Session::Session(Environment& environment, Protocols protocols) noexcept
    : env_(environment), protocol_(only_one_of(protocols)) {}

Need Session::answer(protocol::InputBuffer& input, Batch& batch) {
  Executor executor{env_, batch, progress_};
  const std::size_t turns = env_.policy.requests_per_event;
  std::size_t done = 0;
  while (done < turns) {
    if (!batch.has_room()) return BatchFull{};
    if (!swallow(input)) return MoreInput{};
    if (value_) {
      if (const auto need = finish_value(input, executor)) return *need;
    }
    Window window;
    const auto requests = parse_ahead(window, input.unread(), turns - done);
    const auto need = requests.empty() ? start_incomplete(input, executor)
                                       : execute(requests, input, batch, executor);
    if (need) return *need;
    done += std::max<std::size_t>(requests.size(), 1);
  }
  if (input.empty()) return MoreInput{};
  return give_turn();
}

Need Session::give_turn() noexcept {
  env_.counters.add(Count::yield);
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

/// Parses the request that `unread` starts with. False: it has not arrived as far as its value.
bool Session::parse(std::string_view unread, Ready& ready) {
  if (protocol_ == Protocol::unknown && !unread.empty()) protocol_ = choose(unread.front());
  if (protocol_ == Protocol::binary) {
    auto parsed = protocol::parse_binary(unread);
    if (parsed) ready = {std::move(parsed->request), parsed->size, parsed->swallow};
    return parsed.has_value();
  }
  const auto line = unread.substr(0, unread.find('\n') + 1);
  if (line.empty()) return false;
  ready = {protocol::parse_text(line), line.size(), 0};
  if (const auto* fixed = std::get_if<protocol::Fixed>(&ready.request))
    ready.swallow = fixed->swallow;
  return true;
}

/// Parses what has arrived whole, and starts fetching the memory it will touch.
std::span<const Session::Ready> Session::parse_ahead(Window& window, std::string_view unread,
                                                     std::size_t limit) {
  std::array<store::Key, std::tuple_size_v<Window>> keys;
  std::size_t key_count = 0;
  std::size_t count = 0;
  while (count < std::min(limit, window.size()) && parse(unread, window[count])) {
    auto& [request, size, swallow] = window[count];
    if (auto* store = std::get_if<protocol::Store>(&request)) {
      store->data = unread.substr(size, data_size(*store));
      size += store->data.size();
      if (store->data.size() < data_size(*store)) break;
    }
    ++count;
    unread.remove_prefix(size);
    if (const auto key = first_key(request); !key.empty()) keys[key_count++] = store::Key{key};
    if (swallow > 0) break;
  }
  env_.store.prefetch({keys.data(), key_count});
  return std::span{window}.first(count);
}

std::optional<Need> Session::execute(std::span<const Ready> requests, protocol::InputBuffer& input,
                                     Batch& batch, Executor& executor) {
  for (const auto& [request, size, swallow] : requests) {
    if (!batch.has_room()) return BatchFull{};
    const auto outcome = std::visit(executor, request);
    if (outcome == Outcome::unfinished) return batch.has_room() ? give_turn() : BatchFull{};
    input.consume(size);
    if (outcome == Outcome::hang_up) return HangUp{};
    swallow_ = swallow;
  }
  return std::nullopt;
}

/// The input starts with part of a request, or with a storage command whose value is still to come.
std::optional<Need> Session::start_incomplete(protocol::InputBuffer& input, Executor& executor) {
  Ready ready;
  if (!parse(input.unread(), ready))
    return protocol_ == Protocol::binary ? MoreInput{} : wait_for_line(input, executor);
  return start_value(std::get<protocol::Store>(ready.request), ready.size, input, executor);
}

std::optional<Need> Session::wait_for_line(protocol::InputBuffer& input, Executor& executor) {
  const auto size = input.unread().size();
  const bool too_long = size > protocol::kMaxLine && (size > protocol::kMaxKeyListLine ||
                                                      !protocol::may_be_long(input.unread()));
  if (too_long) {
    executor.reply(text::kLineTooLong);
    return HangUp{};
  }
  input.grow(size + 1);
  return MoreInput{};
}

/// A small value is waited for in the input, a large one is read straight into the store. `size` is
/// the request's without its value.
std::optional<Need> Session::start_value(const protocol::Store& request, std::size_t size,
                                         protocol::InputBuffer& input, Executor& executor) {
  const bool fits_input = size + data_size(request) <= base::BlockPool::kBlockSize;
  if (fits_input && request.length <= env_.policy.max_value_size) return MoreInput{};

  if (auto reservation = executor.reserve(request)) {
    auto form = request.form;
    value_ = std::make_unique<ArrivingValue>(
        ArrivingValue{.reservation = std::move(*reservation),
                      .form = form,
                      .key = std::string{form.key},
                      .flags = std::string{form.flags},
                      .compares_cas = request.compare_cas.has_value()});
  } else {
    swallow_ = data_size(request);
  }
  input.consume(size);
  return std::nullopt;
}

std::optional<Need> Session::finish_value(protocol::InputBuffer& input, Executor& executor) {
  take_value(input);
  const auto whole = value_->reservation.value();
  if (value_->filled < whole.size()) return MoreValue{whole.subspan(value_->filled)};
  const auto end = line_end(value_->form);
  if (input.unread().size() < end.size()) return MoreInput{};

  const bool well_ended = input.unread().starts_with(end);
  input.consume(end.size());
  const auto arrived = std::move(value_);
  arrived->form.key = arrived->key;
  arrived->form.flags = arrived->flags;
  if (well_ended)
    executor.commit(std::move(arrived->reservation), arrived->form, arrived->compares_cas);
  else
    executor.reply_bad_data(arrived->form);
  return std::nullopt;
}

/// Moves what was read along with the request, or behind the value, to where the value belongs.
void Session::take_value(protocol::InputBuffer& input) noexcept {
  const auto rest = value_->reservation.value().subspan(value_->filled);
  const auto here = input.unread().substr(0, rest.size());
  if (here.empty()) return;
  std::memcpy(rest.data(), here.data(), here.size());
  value_->filled += here.size();
  input.consume(here.size());
}

/// False while an unwanted value is still arriving.
bool Session::swallow(protocol::InputBuffer& input) noexcept {
  const auto here = std::min(swallow_, input.unread().size());
  input.consume(here);
  swallow_ -= here;
  return swallow_ == 0;
}

}  // namespace cocached::command
