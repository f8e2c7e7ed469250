#include "stress/client.hpp"

#include "stress/value.hpp"

#include <algorithm>
#include <array>
#include <thread>

#include <fmt/format.h>

namespace cocached::stress {
namespace {

constexpr std::size_t kMaxInPipeline = 20;
constexpr std::size_t kMaxKeysInGet = 2000;
constexpr std::size_t kMaxText = std::size_t{64} << 10;
constexpr std::size_t kLargest = std::size_t{1} << 20;

/// Sizes at which the server changes its ways, and their neighbours.
constexpr auto kEdges = std::to_array<std::size_t>(
    {0, 1, 15, 16, 2047, 2048, 2049, 16'000, 16'383, 16'384, 16'385, kLargest - 1, kLargest});

enum class Content : std::uint8_t { value, number, text };

Content content_of(std::size_t slot) noexcept {
  return slot % 16 == 0 ? Content::number : slot % 16 == 1 ? Content::text : Content::value;
}

bool has_binary_key(std::size_t slot) noexcept {
  return slot % 16 == 2;
}

}  // namespace

std::string shared_key(std::size_t index) {
  return index % 4 == 0 ? fmt::format("n{}:shared{}", index / 4 % kNamespaces, index)
                        : fmt::format("shared{}", index);
}

Client::Client(unsigned number, std::uint64_t seed, Run& run)
    : number_(number), random_(seed), run_(run), ledger_(run.target), lives_(run.keys) {}

void Client::run() {
  while (const auto place = run_.target.enter()) {
    serve(*place);
    run_.target.leave();
  }
}

/// Connects again and again for as long as that life of the server lasts.
void Client::serve(const Place& place) {
  if (place.history != history_) {
    ledger_.forget_all();
    for (auto& life : lives_) ++life;
  }
  if (place.life != life_) ledger_.forget_cas();
  history_ = place.history;
  life_ = place.life;
  while (run_.target.serves(place.life) && !run_.findings.any()) {
    try {
      converse(place);
    } catch (const Closed& error) {
      if (!run_.target.stopping(place.life))
        return run_.findings.add(fmt::format("client {}", number_),
                                 fmt::format("the server closed the connection {}", error.what()));
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    } catch (const Violation& error) {
      return run_.findings.add(fmt::format("client {}", number_), error.what());
    }
  }
}

/// One connection.
void Client::converse(const Place& place) {
  using Maker = std::unique_ptr<Dialect> (*)();
  constexpr std::array<Maker, 3> kDialects{make_text, make_meta, make_binary};
  const auto dialect = random_.pick(kDialects)();
  const bool over_tls = place.tls != 0 && random_.chance(0.4);
  const auto kind = over_tls ? Stream::Kind::tls : Stream::Kind::plain;
  auto stream = connect_served(place, kind, *dialect, run_);
  run_.findings.count(
      fmt::format("connections, {}{}", dialect->name(), over_tls ? " over TLS" : ""));
  for (auto turns = random_.between(1, 100); turns > 0; --turns) {
    if (!run_.target.serves(place.life) || run_.findings.any()) return;
    talk(stream, *dialect, draw_batch(*dialect));
  }
}

/// Sends all, then reads all replies.
void Client::talk(Stream& stream, Dialect& dialect, const std::vector<Group>& batch) {
  std::string requests;
  for (const auto& group : batch) dialect.encode(group, requests);
  const Sent sent{run_.target};
  std::array<std::uint64_t, 3> counts{};  // operations, hits, refusals
  try {
    stream.send(requests);
    for (const auto& group : batch)
      dialect.decode(group, stream, [&](const Operation& operation, const Reply& reply) {
        ledger_.take(operation, reply, sent);
        ++counts[0];
        counts[1] += reply.outcome == Outcome::found ? 1 : 0;
        counts[2] += reply.outcome == Outcome::no_memory ? 1 : 0;
      });
  } catch (const Closed&) {
    give_up_on(batch);
    throw;
  }
  run_.findings.count("operations", counts[0]);
  run_.findings.count("hits", counts[1]);
  run_.findings.count("refused for lack of memory", counts[2]);
}

/// The fate of the batch on the server stays unknown, so its own keys are never used again.
void Client::give_up_on(const std::vector<Group>& batch) {
  for (const auto& group : batch)
    for (const auto& operation : group) {
      ledger_.forget(operation.key);
      if (operation.slot) ++lives_[*operation.slot];
    }
}

/// Draws groups with different keys, so that each check stands for itself.
std::vector<Group> Client::draw_batch(const Dialect& dialect) {
  std::vector<Group> batch;
  std::set<std::string> used;
  const auto is_new = [&](const Operation& operation) { return used.insert(operation.key).second; };
  const auto wanted = random_.chance(0.5) ? 1 : random_.between(2, kMaxInPipeline);
  for (std::uint64_t i = 0; i < wanted; ++i) {
    Group group = random_.chance(0.1) ? draw_keys(dialect) : Group{draw(dialect)};
    std::erase_if(group, [&](const Operation& operation) { return !is_new(operation); });
    if (!group.empty()) batch.push_back(std::move(group));
  }
  return batch;
}

/// Draws a get of many keys.
Group Client::draw_keys(const Dialect& dialect) {
  Group group;
  const auto count =
      random_.chance(0.02) ? random_.between(100, kMaxKeysInGet) : random_.between(2, 20);
  while (group.size() < count) {
    Operation operation{.action = Action::get};
    if (random_.chance(0.2)) {
      operation.key = shared_key(random_.below(run_.shared_keys));
    } else {
      operation.slot = random_.below(run_.keys);
      operation.binary_key = has_binary_key(*operation.slot);
      operation.key = own_key(*operation.slot);
    }
    if (!operation.binary_key || dialect.takes_binary_keys()) group.push_back(std::move(operation));
  }
  return group;
}

/// Half of all requests are for a tenth of the keys.
Operation Client::draw(const Dialect& dialect) {
  if (random_.chance(0.2)) return draw_shared();
  for (;;) {
    const auto slot =
        random_.below(random_.chance(0.5) ? std::max<std::size_t>(run_.keys / 10, 1) : run_.keys);
    if (!has_binary_key(slot) || dialect.takes_binary_keys())
      return draw_own(slot, dialect.takes_silent());
  }
}

Operation Client::draw_shared() {
  constexpr auto kActions =
      std::to_array<Action>({Action::get, Action::get, Action::get, Action::get, Action::get,
                             Action::get_and_touch, Action::set, Action::set, Action::set,
                             Action::add, Action::replace, Action::remove, Action::touch});
  Operation operation{.action = random_.pick(kActions),
                      .key = shared_key(random_.below(run_.shared_keys))};
  if (is_storage(operation.action)) {
    give_value(operation);
    if (operation.value.size() < kValueHeader) {  // too short to say its version
      operation.value = make_value(operation.key, 0, operation.value.size());
      operation.flags = flags_of(operation.key, 0);
    }
  }
  return operation;
}

Operation Client::draw_own(std::size_t slot, bool silent_allowed) {
  Operation operation{.key = own_key(slot), .slot = slot, .binary_key = has_binary_key(slot)};
  if (random_.chance(0.2)) operation.ttl = static_cast<std::int32_t>(random_.between(1, 3));
  switch (content_of(slot)) {
    case Content::value:
      draw_for_value(operation, silent_allowed);
      break;
    case Content::number:
      draw_for_number(operation);
      break;
    case Content::text:
      draw_for_text(operation);
      break;
  }
  return operation;
}

void Client::draw_for_value(Operation& operation, bool silent_allowed) {
  constexpr auto kActions = std::to_array<Action>(
      {Action::get, Action::get, Action::get, Action::get, Action::get, Action::get, Action::get,
       Action::get_and_touch, Action::set, Action::set, Action::set, Action::set, Action::set,
       Action::add, Action::replace, Action::compare_and_set, Action::remove, Action::touch});
  operation.action = random_.pick(kActions);
  if (is_storage(operation.action)) give_value(operation);
  if (operation.action == Action::compare_and_set) {
    operation.number = ledger_.cas_of(operation.key).value_or(random_.between(1, 1'000'000));
    if (random_.chance(0.2)) ++operation.number;
  }
  const bool may_be_silent =
      operation.action == Action::remove ||
      (operation.action == Action::set && operation.value.size() <= kLargest);
  operation.silent = silent_allowed && may_be_silent && random_.chance(0.1);
}

/// A set, and then what needs a number.
void Client::draw_for_number(Operation& operation) {
  constexpr auto kActions =
      std::to_array<Action>({Action::get, Action::increment, Action::increment, Action::decrement});
  if (ledger_.text_of(operation.key) == nullptr || random_.chance(0.05)) {
    operation.action = Action::set;
    operation.value = fmt::to_string(random_.below(100'000));
    operation.flags = flags_of(operation.key, 0);
    return;
  }
  operation.action = random_.pick(kActions);
  operation.number = random_.log_uniform(1, 1'000'000'000'000);
}

/// A set, and then what makes it longer.
void Client::draw_for_text(Operation& operation) {
  constexpr auto kActions =
      std::to_array<Action>({Action::get, Action::append, Action::append, Action::prepend});
  const auto* text = ledger_.text_of(operation.key);
  operation.action = random_.pick(kActions);
  if (text == nullptr || text->size() > kMaxText) operation.action = Action::set;
  if (!is_storage(operation.action)) return;
  operation.value = make_value(operation.key, ++writes_, random_.log_uniform(1, 20'000));
  operation.flags = flags_of(operation.key, 0);
}

void Client::give_value(Operation& operation) {
  operation.version = (std::uint64_t{number_} << kWriterShift) | ++writes_;
  operation.value = make_value(operation.key, operation.version, draw_size());
  operation.flags = flags_of(operation.key, operation.version);
}

/// Mostly small, some of every size, few that are refused.
std::size_t Client::draw_size() {
  const auto chance = random_.below(1000);
  if (chance < 2) return kLargest + random_.between(1, 1000);
  if (chance < 30) return random_.log_uniform(std::size_t{64} << 10, kLargest);
  if (chance < 80) return random_.pick(kEdges);
  return random_.log_uniform(1, std::size_t{32} << 10);
}

/// A third of them have namespaces; one in eight is nearly as long as a key can be.
std::string Client::own_key(std::size_t slot) const {
  auto key = slot % 3 == 0 ? fmt::format("n{}:", slot / 3 % kNamespaces) : std::string{};
  key += fmt::format("own{}.{}.{}", number_, slot, lives_[slot]);
  if (slot % 8 == 3) key.append(240 - std::min<std::size_t>(key.size(), 240), 'k');
  if (has_binary_key(slot)) key += std::string_view{"\r\n\0 \x80get x", 11};
  return key;
}

}  // namespace cocached::stress
