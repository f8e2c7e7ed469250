#include "stress/ledger.hpp"

#include "stress/dialect.hpp"
#include "stress/findings.hpp"
#include "stress/value.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace cocached::stress {
namespace {

/// The server's clock may be cut to seconds.
constexpr std::chrono::milliseconds kExpirySlack{1500};

[[noreturn]] void wrong(const Operation& operation, const Reply& reply, std::string_view why) {
  auto text = fmt::format("{} {}: {}, although {}", name_of(operation.action),
                          printable(operation.key), name_of(reply.outcome), why);
  if (reply.outcome == Outcome::found)
    text += "; the value: " + describe_value(reply.value, operation.key);
  throw Violation{text};
}

bool reads_only(Action action) noexcept {
  return action == Action::get || action == Action::get_and_touch || action == Action::touch;
}

}  // namespace

std::optional<std::size_t> namespace_of(std::string_view key) noexcept {
  if (key.size() < 3 || key[0] != 'n' || key[2] != ':') return std::nullopt;
  const auto number = static_cast<std::size_t>(key[1] - '0');
  return number < kNamespaces ? std::optional{number} : std::nullopt;
}

Sent::Sent(const Target& target) : flushes(target.flushes.done), loaded(target.loaded()) {
  for (std::size_t i = 0; i < kNamespaces; ++i)
    namespace_flushes[i] = target.namespace_flushes[i].done;
}

void Ledger::take(const Operation& operation, const Reply& reply, const Sent& sent) {
  if (operation.slot)
    take_own(operation, reply, sent);
  else
    take_shared(operation, reply);
}

const std::string* Ledger::text_of(const std::string& key) const {
  const auto found = known_.find(key);
  return found == known_.end() || !found->second.text ? nullptr : &*found->second.text;
}

std::optional<std::uint64_t> Ledger::cas_of(const std::string& key) const {
  const auto found = known_.find(key);
  return found == known_.end() ? std::nullopt : found->second.cas;
}

void Ledger::forget_all() {
  known_.clear();
  newest_.clear();
}

void Ledger::forget_cas() {
  for (auto& [key, known] : known_) known.cas.reset();
}

void Ledger::take_own(const Operation& operation, const Reply& reply, const Sent& sent) {
  switch (reply.outcome) {
    case Outcome::done:
    case Outcome::found:
    case Outcome::number:
      return take_success(operation, reply, sent);
    case Outcome::unknown:  // silent: a set that failed has removed what was there
      if (operation.action == Action::set) return write(operation, reply);
      return forget(operation.key);
    default:
      return take_failure(operation, reply, sent);
  }
}

void Ledger::take_success(const Operation& operation, const Reply& reply, const Sent& sent) {
  if (operation.action == Action::set || operation.action == Action::add)
    return write(operation, reply);
  auto& known = must_exist(operation, reply, sent);
  switch (operation.action) {
    case Action::get:
    case Action::get_and_touch:
      check_value(operation, reply, known);
      known.cas = reply.cas;
      if (operation.action == Action::get_and_touch) set_ttl(known, operation.ttl);
      return;
    case Action::touch:
      return set_ttl(known, operation.ttl);
    case Action::remove:
      return forget(operation.key);
    case Action::compare_and_set:
      if (known.cas && *known.cas != operation.number)
        wrong(operation, reply, fmt::format("its CAS number was {}", *known.cas));
      return write(operation, reply);
    case Action::replace:
      return write(operation, reply);
    case Action::append:
      *known.text += operation.value;
      break;
    case Action::prepend:
      known.text->insert(0, operation.value);
      break;
    default: {
      const auto before = parse_number(*known.text);
      const auto after = operation.action == Action::increment
                             ? before + operation.number
                             : before - std::min(before, operation.number);
      if (reply.number != after)
        wrong(operation, reply,
              fmt::format("{} should have become {}, not {}", before, after, reply.number));
      known.text = std::to_string(after);
    }
  }
  known.cas = reply.cas;
}

void Ledger::take_failure(const Operation& operation, const Reply& reply, const Sent& sent) {
  const bool fits_action = operation.action != Action::get || reply.outcome == Outcome::missing;
  if (!fits_action) wrong(operation, reply, "a get has no such reply");
  switch (reply.outcome) {
    case Outcome::exists: {
      const auto& known = must_exist(operation, reply, sent);
      if (known.cas == operation.number) wrong(operation, reply, "that was its CAS number");
      return;
    }
    case Outcome::not_stored:
      if (operation.action == Action::add)
        must_exist(operation, reply, sent);
      else
        forget(operation.key);
      return;
    case Outcome::missing:
      // Until all is loaded, what is missed may still come.
      if (sent.loaded || !reads_only(operation.action)) forget(operation.key);
      return;
    default:  // no room: a set removes what was there, others leave it
      if (operation.action == Action::set) forget(operation.key);
  }
}

/// A value that any thread may have written.
void Ledger::take_shared(const Operation& operation, const Reply& reply) {
  if (reply.outcome != Outcome::found) return;
  const auto version = version_in(reply.value).value_or(0);
  if (!is_value_of(reply.value, operation.key, version))
    wrong(operation, reply, "no such value was ever written there");
  if (reply.flags != flags_of(operation.key, version))
    wrong(operation, reply, "its flags are another value's");
  if (version != 0) check_order(operation.key, version);
}

void Ledger::check_order(const std::string& key, std::uint64_t version) {
  const auto writer = version >> kWriterShift;
  if (writer >= kFirstUnorderedWriter) return;
  auto& newest = newest_[{key, writer}];
  if (version < newest)
    throw Violation{
        fmt::format("get {}: version {:x} has come back after {:x}", key, version, newest)};
  newest = version;
}

void Ledger::check_value(const Operation& operation, const Reply& reply, const Known& known) const {
  const bool right = known.text ? reply.value == *known.text
                                : reply.value.size() == known.size &&
                                      is_value_of(reply.value, operation.key, known.version);
  if (!right)
    wrong(operation, reply,
          fmt::format("{} bytes of version {:x} were written last{}",
                      known.text ? known.text->size() : known.size, known.version,
                      known.text ? ": " + printable(*known.text, 40) : ""));
  if (reply.flags != known.flags)
    wrong(operation, reply, fmt::format("its flags were {}, not {}", known.flags, reply.flags));
  if (known.cas && reply.cas && *known.cas != *reply.cas)
    wrong(operation, reply, fmt::format("its CAS number was {}, not {}", *known.cas, *reply.cas));
}

/// Throws if the item can't be there when it answers like one that is.
Ledger::Known& Ledger::must_exist(const Operation& operation, const Reply& reply,
                                  const Sent& sent) {
  if (const auto* reason = reason_to_be_gone(operation.key, sent)) wrong(operation, reply, reason);
  return known_.at(operation.key);
}

const char* Ledger::reason_to_be_gone(const std::string& key, const Sent& sent) const {
  const auto found = known_.find(key);
  if (found == known_.end()) return "nothing is there";
  const auto& known = found->second;
  if (sent.time > known.expires) return "it has expired";
  if (sent.flushes > known.flushes) return "all was flushed";
  const auto space = namespace_of(key);
  if (space && sent.namespace_flushes[*space] > known.namespace_flushes)
    return "its namespace was flushed";
  return nullptr;
}

void Ledger::write(const Operation& operation, const Reply& reply) {
  auto& known = known_[operation.key];
  known = {.version = operation.version,
           .size = operation.value.size(),
           .flags = operation.flags,
           .cas = reply.cas,
           .flushes = target_.flushes.begun};
  if (operation.version == 0) known.text = operation.value;
  if (const auto space = namespace_of(operation.key))
    known.namespace_flushes = target_.namespace_flushes[*space].begun;
  set_ttl(known, operation.ttl);
}

void Ledger::set_ttl(Known& known, std::int32_t ttl) const {
  known.expires =
      ttl == 0 ? Clock::time_point::max() : Clock::now() + std::chrono::seconds{ttl} + kExpirySlack;
}

}  // namespace cocached::stress
