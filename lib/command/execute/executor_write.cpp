// Requests that write items. A value comes in one of two ways: whole in the input, for which
// Store::write() copies it in one call; or piece by piece, for which expect_value() makes an
// ArrivingValue and commit() stores it once it is whole.
//
// Invariant: every storage command with well-formed data ends in exactly one of finish_store() and
// refuse_to_store(), which count it and write its reply. The store locks a shard inside each call;
// no lock is held between calls.

#include "command/execute/executor.hpp"
#include "command/execute/expiry_time.hpp"
#include "command/execute/request_key.hpp"
#include "insight/key_watch.hpp"
#include "protocol/binary/binary_format.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace cocached::command {
namespace {

using protocol::Dialect;
using protocol::Status;
using protocol::WireFormat;

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

protocol::Status status_of(store::WriteResult result) noexcept {
  switch (result) {
    case store::WriteResult::stored:
      return Status::stored;
    case store::WriteResult::not_stored:
      return Status::not_stored;
    case store::WriteResult::exists:
      return Status::exists;
    case store::WriteResult::not_found:
      return Status::not_found;
    case store::WriteResult::too_large:
      return Status::too_large;
    case store::WriteResult::no_memory:
    case store::WriteResult::over_quota:
      return Status::no_memory_to_store;
  }
  return Status::ok;
}

/// Returns the status for the binary protocol, which tells why `add` or `replace` stored nothing.
protocol::Status binary_status_of(store::WriteResult result, std::uint8_t opcode) noexcept {
  if (result != store::WriteResult::not_stored) return status_of(result);
  using protocol::binary::Opcode;
  switch (Opcode{opcode}) {
    case Opcode::add:
    case Opcode::add_quiet:
      return Status::exists;
    case Opcode::replace:
    case Opcode::replace_quiet:
      return Status::not_found;
    default:
      return Status::not_stored;
  }
}

protocol::Status status_of(store::RemoveResult result) noexcept {
  switch (result) {
    case store::RemoveResult::removed:
      return Status::deleted;
    case store::RemoveResult::not_found:
      return Status::not_found;
    case store::RemoveResult::exists:
      return Status::exists;
    case store::RemoveResult::no_memory:
      return Status::no_memory;
  }
  return Status::ok;
}

protocol::Status status_of(store::ArithmeticResult result) noexcept {
  switch (result) {
    case store::ArithmeticResult::done:
    case store::ArithmeticResult::created:
      return Status::ok;
    case store::ArithmeticResult::not_found:
      return Status::not_found;
    case store::ArithmeticResult::exists:
      return Status::exists;
    case store::ArithmeticResult::not_a_number:
      return Status::not_a_number;
    case store::ArithmeticResult::no_memory:
      return Status::no_memory;
  }
  return Status::ok;
}

}  // namespace

store::WriteOptions Executor::write_options(const protocol::Storage& request) const {
  return {.mode = mode_of(request.mode),
          .client_flags = request.client_flags,
          .deadline = deadline_of(request.expiry, env_.clock),
          .compare_cas = request.compare_cas,
          .new_cas = request.new_cas,
          .vivify = deadline(request.vivify),
          .store_stale = request.store_stale,
          .binary_key = request.form.base64_key,
          .tally = true};
}

Outcome Executor::operator()(const protocol::Storage& request) {
  if (request.length > env_.policy.max_value_size) {
    refuse_to_store(request, store::WriteResult::too_large);
    return Outcome::answered;
  }
  auto data = request.data;
  if (!data.ends_with(line_end(request.form))) {
    reply_bad_data(request.form);
    return Outcome::answered;
  }
  data.remove_suffix(line_end(request.form).size());
  const RequestKey bytes{request.form, request.key, hashed_};
  const store::Key& key = bytes;
  const auto options = write_options(request);
  const auto receipt = env_.store.write(key, now_, options, data);
  note_write(key, receipt, options);
  if (is_watched(Topic::mutations)) [[unlikely]]
    show_mutation(key, options, receipt.result, receipt.size > 0 ? receipt.size : data.size());
  finish_store(request, receipt, data.size());
  return Outcome::answered;
}

std::unique_ptr<ArrivingValue> Executor::expect_value(const protocol::Storage& request,
                                                      base::BlockPool& blocks) {
  if (env_.buckets != nullptr && !use_claim(request.form)) return nullptr;
  if (request.length > env_.policy.max_value_size) {
    refuse_to_store(request, store::WriteResult::too_large);
    return nullptr;
  }
  const auto options = write_options(request);
  auto share = env_.store.share_for_arrival(request.length);
  if (!share) return std::make_unique<ArrivingValue>(request, options, blocks);
  auto reservation = reserve(request, options);
  if (!reservation) return nullptr;
  return std::make_unique<ArrivingValue>(request, std::move(*reservation), std::move(*share));
}

/// Reserves memory for a value. Returns nothing if the store refuses; the reply is written then.
std::optional<store::Reservation> Executor::reserve(const protocol::Storage& request,
                                                    const store::WriteOptions& options) {
  const RequestKey key{request.form, request.key, hashed_};
  auto reserved = env_.store.reserve(key, now_, options, request.length);
  if (auto* reservation = std::get_if<store::Reservation>(&reserved))
    return std::move(*reservation);
  refuse_to_store(request, std::get<store::WriteResult>(reserved));
  return std::nullopt;
}

/// Copies a value that is in blocks into a reservation first, while no lock is held.
void Executor::commit(ArrivingValue& arrived) {
  const auto& request = arrived.request();
  auto reservation = arrived.take_reservation();
  if (!reservation) {
    reservation = reserve(request, arrived.options());
    if (!reservation) return;
    arrived.copy_to(reservation->value());
  }
  const std::string bytes{reservation->key()};
  const store::Key key{bytes};
  const auto options = reservation->options();
  const auto size = reservation->size();
  const auto receipt = env_.store.commit(std::move(*reservation), now_);
  note_write(key, receipt, options);
  if (is_watched(Topic::mutations)) [[unlikely]]
    show_mutation(key, options, receipt.result, std::max(receipt.size, size));
  finish_store(request, receipt, size);
}

void Executor::refuse_value(const ArrivingValue& arrived) {
  refuse_to_store(arrived.request(), store::WriteResult::no_memory);
}

void Executor::note_write(const store::Key& key, const store::WriteReceipt& receipt,
                          const store::WriteOptions& options) {
  if (receipt.result == store::WriteResult::stored)
    env_.keys.stored(key, receipt.size, options.deadline);
  else
    env_.keys.used(key);
}

/// A `set` that fails also removes the old value: no client shall read a value that another client
/// meant to replace.
void Executor::refuse_to_store(const protocol::Storage& request, store::WriteResult result) {
  count_write(result, false);
  const RequestKey bytes{request.form, request.key, hashed_};
  const store::Key& key = bytes;
  if (request.mode == protocol::StoreMode::set && !request.compare_cas)
    env_.store.remove(key, now_, {});
  if (is_watched(Topic::mutations)) [[unlikely]]
    show_mutation(key, write_options(request), result, request.length);
  protocol::write_stored(batch_.replies, request.form, {.status = status_of(result)});
}

/// `sent` is the size of the value that the client sent, in bytes. A failed `ms` tells it, as in
/// memcached.
void Executor::finish_store(const protocol::Storage& request, const store::WriteReceipt& receipt,
                            std::size_t sent) {
  const auto& form = request.form;
  count_write(receipt.result, request.compare_cas.has_value());
  const auto status = form.dialect == Dialect::binary
                          ? binary_status_of(receipt.result, form.opcode)
                          : status_of(receipt.result);
  protocol::write_stored(
      batch_.replies, form,
      {.status = status, .cas = receipt.cas, .size = std::max(receipt.size, sent)});
}

/// Writes refused for their size or for lack of room are not counted as sets.
void Executor::count_write(store::WriteResult result, bool compares_cas) {
  using Result = store::WriteResult;
  if (result == Result::too_large) return env_.counters.add(Count::too_large);
  if (result == Result::no_memory || result == Result::over_quota)
    return env_.counters.add(Count::no_memory);
  env_.counters.add(Count::set);
  if (!compares_cas) return;
  env_.counters.add(result == Result::stored      ? Count::cas_hit
                    : result == Result::not_found ? Count::cas_miss
                                                  : Count::cas_bad_value);
}

Outcome Executor::operator()(const protocol::Remove& request) {
  const store::RemoveOptions options{.compare_cas = request.compare_cas,
                                     .new_cas = request.new_cas,
                                     .mark_stale = request.mark_stale,
                                     .clear_value = request.clear_value,
                                     .client_flags = request.client_flags,
                                     .deadline = deadline(request.expiry),
                                     .tally = true};
  const RequestKey bytes{request.form, request.key, hashed_};
  const store::Key& key = bytes;
  std::size_t size = 0;
  const bool watched = is_watched(Topic::deletions) && !request.mark_stale;
  if (watched && !request.clear_value) [[unlikely]]
    size = peek(key).size;
  const auto result = env_.store.remove(key, now_, options);
  if (watched && result == store::RemoveResult::removed) [[unlikely]]
    show_deletion(key, request, size);
  const bool stays = options.mark_stale || options.clear_value;
  if (result == store::RemoveResult::removed && !stays)
    env_.keys.removed(key);
  else
    env_.keys.used(key);
  count_remove(result, request.form);
  protocol::write_status(batch_.replies, request.form, status_of(result));
  return Outcome::answered;
}

/// memcached counts a stale CAS as a miss in `md`, and not at all in a binary delete.
void Executor::count_remove(store::RemoveResult result, const WireFormat& form) {
  if (result == store::RemoveResult::exists && form.dialect == Dialect::binary) return;
  env_.counters.add(result == store::RemoveResult::removed ? Count::delete_hit
                                                           : Count::delete_miss);
}

Outcome Executor::operator()(const protocol::Arithmetic& request) {
  const bool increment = request.increment;
  const store::ArithmeticOptions options{
      .direction = increment ? store::Direction::increment : store::Direction::decrement,
      .delta = request.delta,
      .compare_cas = request.compare_cas,
      .new_cas = request.new_cas,
      .touch = deadline(request.touch),
      .vivify = deadline(request.vivify),
      .initial = request.initial,
      .binary_key = request.form.base64_key};
  const RequestKey bytes{request.form, request.key, hashed_};
  const store::Key& key = bytes;
  const auto receipt = env_.store.arithmetic(key, now_, options);
  env_.keys.used(key);
  using Result = store::ArithmeticResult;
  if (receipt.result == Result::done)
    env_.counters.add(increment ? Count::increment_hit : Count::decrement_hit);
  if (receipt.result == Result::created && is_watched(Topic::mutations)) [[unlikely]]
    show_created(key, receipt.deadline, fmt::formatted_size("{}", receipt.number));
  if (receipt.result == Result::not_found)
    env_.counters.add(increment ? Count::increment_miss : Count::decrement_miss);

  if (receipt.result == Result::done || receipt.result == Result::created) {
    const protocol::Counted counted{
        .number = receipt.number, .cas = receipt.cas, .ttl = seconds_left(receipt.deadline, now_)};
    protocol::write_counted(batch_.replies, request.form, counted, request.with_value);
  } else {
    protocol::write_status(batch_.replies, request.form, status_of(receipt.result));
  }
  return Outcome::answered;
}

}  // namespace cocached::command
