#include "command/executor.hpp"

#include "command/expiration.hpp"
#include "command/stats.hpp"
#include "command/version.hpp"
#include "protocol/text.hpp"
#include "protocol/text_reply.hpp"
#include "protocol/tokens.hpp"

#include <array>

namespace cocached::command {
namespace {

namespace text = protocol::text;
using protocol::ReplyBatch;

store::WriteMode mode_of(protocol::StoreMode mode) noexcept {
  switch (mode) {
    case protocol::StoreMode::set:
      return store::WriteMode::set;
    case protocol::StoreMode::add:
      return store::WriteMode::add;
    case protocol::StoreMode::replace:
      return store::WriteMode::replace;
    case protocol::StoreMode::append:
      return store::WriteMode::append;
    case protocol::StoreMode::prepend:
      return store::WriteMode::prepend;
  }
  return store::WriteMode::set;
}

/// Cuts as many keys as fit `keys` off the front of `rest`; how many.
std::size_t next_keys(std::string_view& rest, std::span<store::Key> keys) noexcept {
  std::size_t count = 0;
  while (count < keys.size()) {
    const auto key = protocol::next_token(rest);
    if (key.empty()) break;
    keys[count++] = store::Key{key};
  }
  return count;
}

std::string_view text_of(store::WriteResult result) noexcept {
  switch (result) {
    case store::WriteResult::stored:
      return text::kStored;
    case store::WriteResult::not_stored:
      return text::kNotStored;
    case store::WriteResult::exists:
      return text::kExists;
    case store::WriteResult::not_found:
      return text::kNotFound;
    case store::WriteResult::too_large:
      return text::kTooLarge;
    case store::WriteResult::no_memory:
      return text::kNoMemoryToStore;
  }
  return text::kError;
}

}  // namespace

void Executor::reply(std::string_view line, bool quiet) {
  if (!quiet) text::write_line(batch_.replies, line);
}

// ---- reading ----

Outcome Executor::operator()(const protocol::Get& request) {
  constexpr std::size_t kAhead = 16;  // keys whose memory is fetched before the first is looked up
  store::ReadOptions options;
  if (request.touch) options.touch = deadline_of(*request.touch, env_.clock);

  auto rest = request.keys.substr(resume_);
  std::array<store::Key, kAhead> keys;
  while (const auto count = next_keys(rest, keys)) {
    // A lone key was fetched ahead with the requests around it.
    if (count > 1) env_.store.prefetch({keys.data(), count});
    for (const auto& key : std::span{keys}.first(count)) {
      if (!get_one(key, request, options)) return Outcome::unfinished;
      resume_ = static_cast<std::size_t>(key.bytes.end() - request.keys.begin());
    }
  }
  resume_ = 0;
  reply(text::kEnd);
  return Outcome::answered;
}

bool Executor::get_one(const store::Key& key, const protocol::Get& request,
                       const store::ReadOptions& options) {
  if (!batch_.has_room()) return false;
  const auto write_hit = [&](const store::Hit& hit) {
    const auto& item = hit.item;
    const auto cas = request.with_cas ? std::optional{item.cas} : std::nullopt;
    if (item.value.size() <= ReplyBatch::kCopyLimit) {
      text::write_value(batch_.replies, key.bytes, item.client_flags, cas, item.value);
    } else {
      text::point_at_value(batch_.replies, key.bytes, item.client_flags, cas, item.value);
      batch_.keep(hit.pin());
    }
  };
  const auto result = env_.store.read(key, now_, options, write_hit);
  count_get(result, request.touch.has_value());
  env_.prefixes.count_get(key.bytes, result == store::ReadResult::hit);
  return true;
}

void Executor::count_get(store::ReadResult result, bool touches) {
  const bool hit = result == store::ReadResult::hit;
  env_.counters.add(touches ? Count::touch : Count::get);
  if (hit) env_.counters.add(Count::get_hit);
  if (touches) env_.counters.add(hit ? Count::touch_hit : Count::touch_miss);
  if (!touches && !hit) env_.counters.add(Count::get_miss);
  if (result == store::ReadResult::expired) env_.counters.add(Count::get_expired);
  if (result == store::ReadResult::flushed) env_.counters.add(Count::get_flushed);
}

Outcome Executor::operator()(const protocol::Touch& request) {
  const store::Key key{request.key};
  const store::ReadOptions options{.touch = deadline_of(request.expiry, env_.clock)};
  const auto result = env_.store.read(key, now_, options, [](const store::Hit&) {});
  const bool hit = result == store::ReadResult::hit;
  env_.counters.add(Count::touch);
  env_.counters.add(hit ? Count::touch_hit : Count::touch_miss);
  reply(hit ? text::kTouched : text::kNotFound, request.quiet);
  return Outcome::answered;
}

// ---- writing ----

store::WriteOptions Executor::write_options(const protocol::Store& request) const {
  return {.mode = mode_of(request.mode),
          .client_flags = request.client_flags,
          .deadline = deadline_of(request.expiry, env_.clock),
          .compare_cas = request.compare_cas,
          .new_cas = {},
          .vivify = {}};
}

Outcome Executor::operator()(const protocol::Store& request) {
  if (!accept_size(request)) return Outcome::answered;
  auto data = request.data;
  if (!data.ends_with(text::kLineEnd)) {
    reply(text::kBadDataChunk, request.quiet);
    return Outcome::answered;
  }
  data.remove_suffix(text::kLineEnd.size());
  const store::Key key{request.key};
  const auto receipt = env_.store.write(key, now_, write_options(request), data);
  if (receipt.result == store::WriteResult::too_large ||
      receipt.result == store::WriteResult::no_memory) {
    refuse_to_store(request, receipt.result);
    return Outcome::answered;
  }
  env_.prefixes.count_set(request.key);
  finish_store(receipt.result, request.compare_cas.has_value(), request.quiet);
  return Outcome::answered;
}

std::optional<store::Reservation> Executor::reserve(const protocol::Store& request) {
  if (!accept_size(request)) return std::nullopt;
  const store::Key key{request.key};
  auto reserved = env_.store.reserve(key, now_, write_options(request), request.length);
  if (auto* reservation = std::get_if<store::Reservation>(&reserved)) {
    env_.prefixes.count_set(request.key);
    return std::move(*reservation);
  }
  refuse_to_store(request, std::get<store::WriteResult>(reserved));
  return std::nullopt;
}

void Executor::commit(store::Reservation reservation, bool compares_cas, bool quiet) {
  const auto receipt = env_.store.commit(std::move(reservation), now_);
  finish_store(receipt.result, compares_cas, quiet);
}

bool Executor::accept_size(const protocol::Store& request) {
  if (request.length <= env_.policy.max_value_size) return true;
  refuse_to_store(request, store::WriteResult::too_large);
  return false;
}

/// A `set` that fails takes the old value with it: nobody shall read what was meant to be replaced.
void Executor::refuse_to_store(const protocol::Store& request, store::WriteResult result) {
  env_.counters.add(result == store::WriteResult::too_large ? Count::too_large : Count::no_memory);
  if (request.mode == protocol::StoreMode::set && !request.compare_cas)
    env_.store.remove(store::Key{request.key}, now_, {});
  reply(text_of(result), request.quiet);
}

void Executor::finish_store(store::WriteResult result, bool compares_cas, bool quiet) {
  env_.counters.add(Count::set);
  if (compares_cas) {
    const bool hit = result == store::WriteResult::stored;
    const bool miss = result == store::WriteResult::not_found;
    env_.counters.add(hit ? Count::cas_hit : miss ? Count::cas_miss : Count::cas_bad_value);
  }
  reply(text_of(result), quiet);
}

Outcome Executor::operator()(const protocol::Remove& request) {
  const auto result = env_.store.remove(store::Key{request.key}, now_, {});
  const bool hit = result == store::RemoveResult::removed;
  env_.counters.add(hit ? Count::delete_hit : Count::delete_miss);
  env_.prefixes.count_delete(request.key);
  reply(hit ? text::kDeleted : text::kNotFound, request.quiet);
  return Outcome::answered;
}

Outcome Executor::operator()(const protocol::Arithmetic& request) {
  using Result = store::ArithmeticResult;
  const auto direction =
      request.increment ? store::Direction::increment : store::Direction::decrement;
  const store::ArithmeticOptions options{.direction = direction, .delta = request.delta};
  const auto receipt = env_.store.arithmetic(store::Key{request.key}, now_, options);
  switch (receipt.result) {
    case Result::done:
    case Result::created:
      env_.counters.add(request.increment ? Count::increment_hit : Count::decrement_hit);
      if (!request.quiet) text::write_number(batch_.replies, receipt.number);
      break;
    case Result::not_found:
      env_.counters.add(request.increment ? Count::increment_miss : Count::decrement_miss);
      reply(text::kNotFound, request.quiet);
      break;
    case Result::exists:
      reply(text::kExists, request.quiet);
      break;
    case Result::not_a_number:
      reply(text::kNotANumber, request.quiet);
      break;
    case Result::no_memory:
      reply(text::kNoMemory, request.quiet);
      break;
  }
  return Outcome::answered;
}

// ---- administration ----

Outcome Executor::operator()(const protocol::Flush& request) {
  env_.counters.add(Count::flush);
  if (!env_.policy.flush_allowed) {
    reply(text::kFlushForbidden, request.quiet);
  } else if (!request.delay) {
    reply(text::kBadExpiry, request.quiet);
  } else {
    if (*request.delay <= 0)
      env_.store.flush(now_);
    else
      env_.store.flush_at(deadline_of(*request.delay, env_.clock));
    reply(text::kOk, request.quiet);
  }
  return Outcome::answered;
}

Outcome Executor::operator()(const protocol::Verbosity& request) {
  env_.server.set_verbosity(request.level);
  reply(text::kOk, request.quiet);
  return Outcome::answered;
}

Outcome Executor::operator()(const protocol::MemoryLimit& request) {
  env_.store.set_memory_limit(std::size_t{request.mebibytes} << 20);
  reply(text::kOk, request.quiet);
  return Outcome::answered;
}

Outcome Executor::operator()(const protocol::Stats& request) {
  batch_.replies.append_owned(stats_reply(request.arguments, env_, now_));
  return Outcome::answered;
}

Outcome Executor::operator()(const protocol::Shutdown& request) {
  using Mode = protocol::Shutdown::Mode;
  if (!env_.policy.shutdown_allowed) {
    reply(text::kShutdownForbidden);
    return Outcome::answered;
  }
  if (request.mode == Mode::unknown) {
    reply(text::kBadShutdownMode);
    return Outcome::answered;
  }
  env_.server.shut_down(request.mode == Mode::graceful);
  return Outcome::hang_up;
}

Outcome Executor::operator()(const protocol::Version&) {
  reply(kVersionLine);
  return Outcome::answered;
}

Outcome Executor::operator()(const protocol::Noop&) {
  reply(text::kNoop);
  return Outcome::answered;
}

Outcome Executor::operator()(const protocol::Fixed& request) {
  reply(request.reply, request.quiet);
  return Outcome::answered;
}

}  // namespace cocached::command
