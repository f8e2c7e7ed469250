// Events for watchers. This code runs only while a client watches the topic.
#include "command/execute/executor.hpp"
#include "command/execute/expiry_time.hpp"
#include "command/watch/watch_lines.hpp"
#include "protocol/reply_texts.hpp"

namespace cocached::command {

namespace text = protocol::text;

Outcome Executor::operator()(const protocol::Watch& request) {
  if (!env_.policy.watch_allowed || env_.watchers == nullptr) {
    reply(text::kWatchForbidden);
    return Outcome::answered;
  }
  if (request.topics != 0) return Outcome::watch;
  reply(text::kError);
  return Outcome::answered;
}

/// Looks the size up again, so that ordinary reads need not remember it.
void Executor::show_fetch(const store::Key& key, store::ReadResult result) {
  const auto size = result == store::ReadResult::hit ? peek(key).size : 0;
  env_.watchers->show(Topic::fetchers, fetch_event(key.bytes, result, size, client_));
}

/// Append and prepend keep the item's deadline, so the event shows that one.
void Executor::show_mutation(const store::Key& key, const store::WriteOptions& options,
                             store::WriteResult result, std::size_t size) {
  const bool extends =
      options.mode == store::WriteMode::append || options.mode == store::WriteMode::prepend;
  const auto deadline = extends ? peek(key).deadline : options.deadline;
  const Mutation mutation{.key = key.bytes,
                          .command = name_of(options.mode, options.compare_cas.has_value()),
                          .result = result,
                          .ttl = seconds_left(deadline, now_).value_or(0),
                          .size = size};
  env_.watchers->show(Topic::mutations, mutation_event(mutation, client_));
}

/// Shows an item that an increment or decrement created, as an `add`, as memcached does.
void Executor::show_created(const store::Key& key, store::TimePoint deadline, std::size_t size) {
  show_mutation(key, {.mode = store::WriteMode::add, .deadline = deadline},
                store::WriteResult::stored, size);
}

/// Reads the size and deadline of an item. The read does not count as an access.
Executor::PeekedItem Executor::peek(const store::Key& key) {
  PeekedItem found;
  env_.store.read(key, now_, {.bump = false}, [&](const store::Hit& hit) {
    found = {hit.item.value.size(), hit.item.deadline};
  });
  return found;
}

void Executor::show_deletion(const store::Key& key, const protocol::Remove& request,
                             std::size_t size) {
  env_.watchers->show(Topic::deletions, deletion_event(key.bytes, request.form.dialect, size));
}

}  // namespace cocached::command
