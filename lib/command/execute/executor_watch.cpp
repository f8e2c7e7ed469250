// What those who watch are shown; where nobody does, none of this runs.

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

/// The size is that of now, so that the read itself need not keep it for nobody.
void Executor::show_fetch(const store::Key& key, store::ReadResult result) {
  const auto size = result == store::ReadResult::hit ? peek(key).size : 0;
  env_.watchers->show(Topic::fetchers, fetch_event(key.bytes, result, size, client_));
}

/// What is appended to keeps its own deadline.
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

/// A number that an increment or decrement did not find is added, as memcached puts it.
void Executor::show_created(const store::Key& key, store::TimePoint deadline, std::size_t size) {
  show_mutation(key, {.mode = store::WriteMode::add, .deadline = deadline},
                store::WriteResult::stored, size);
}

/// Without counting as an access.
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
