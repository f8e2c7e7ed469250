#include "stress/dialect.hpp"
#include "stress/findings.hpp"

#include <array>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace cocached::stress {
namespace {

constexpr auto kOutcomes = std::to_array<std::pair<std::string_view, Outcome>>({
    {"STORED", Outcome::done},
    {"DELETED", Outcome::done},
    {"TOUCHED", Outcome::done},
    {"NOT_STORED", Outcome::not_stored},
    {"EXISTS", Outcome::exists},
    {"NOT_FOUND", Outcome::missing},
    {"SERVER_ERROR object too large for cache", Outcome::too_large},
    {"SERVER_ERROR out of memory storing object", Outcome::no_memory},
    {"SERVER_ERROR out of memory", Outcome::no_memory},
});

/// The classic commands. Reads ask for CAS numbers always.
class Text final : public Dialect {
 public:
  std::string_view name() const noexcept override { return "text"; }
  bool takes_binary_keys() const noexcept override { return false; }
  bool takes_silent() const noexcept override { return true; }

  void greet(Stream& stream) override {
    stream.send("version\r\n");
    const auto line = stream.line();
    if (line == "ERROR Too many open connections") throw Closed{"too many connections"};
    if (!line.starts_with("VERSION ")) throw Violation{fmt::format("version: '{}'", line)};
  }

  void encode(const Group& group, std::string& to) override {
    const auto out = std::back_inserter(to);
    const auto& first = group.front();
    const std::string_view quiet = first.silent ? " noreply" : "";
    switch (first.action) {
      case Action::get:
        to += "gets";
        for (const auto& operation : group) fmt::format_to(out, " {}", operation.key);
        break;
      case Action::get_and_touch:
        fmt::format_to(out, "gats {} {}", first.ttl, first.key);
        break;
      case Action::remove:
        fmt::format_to(out, "delete {}{}", first.key, quiet);
        break;
      case Action::touch:
        fmt::format_to(out, "touch {} {}", first.key, first.ttl);
        break;
      case Action::increment:
        fmt::format_to(out, "incr {} {}", first.key, first.number);
        break;
      case Action::decrement:
        fmt::format_to(out, "decr {} {}", first.key, first.number);
        break;
      default:
        fmt::format_to(out, "{} {} {} {} {}", name_of(first.action), first.key, first.flags,
                       first.ttl, first.value.size());
        if (first.action == Action::compare_and_set) fmt::format_to(out, " {}", first.number);
        to += quiet;
        to += "\r\n";
        to += first.value;
    }
    to += first.silent ? "\r\nmn\r\n" : "\r\n";
  }

  void decode(const Group& group, Stream& stream, const ReplySink& sink) override {
    const auto& first = group.front();
    if (first.silent) return decode_silence(first, stream, sink);
    if (first.action == Action::get || first.action == Action::get_and_touch)
      return decode_values(group, stream, sink);
    const auto line = stream.line();
    for (const auto& [text, outcome] : kOutcomes)
      if (line == text) return sink(first, {.outcome = outcome});
    if (first.action != Action::increment && first.action != Action::decrement)
      unexpected(first, line);
    sink(first, {.outcome = Outcome::number, .number = parse_number(line)});
  }

 private:
  /// The `mn` behind a silent request says that it has been executed.
  static void decode_silence(const Operation& operation, Stream& stream, const ReplySink& sink) {
    if (const auto line = stream.line(); line != "MN") unexpected(operation, line);
    sink(operation, {});
  }

  /// Values come in the order of the keys; those that were missed are left out.
  static void decode_values(const Group& group, Stream& stream, const ReplySink& sink) {
    auto next = group.begin();
    for (;;) {
      auto line = stream.line();
      if (line == "END") break;
      if (next_word(line) != "VALUE") unexpected(*next, line);
      const auto key = next_word(line);
      for (; next != group.end() && next->key != key; ++next)
        sink(*next, {.outcome = Outcome::missing});
      if (next == group.end()) unexpected(group.back(), fmt::format("VALUE {} {}", key, line));
      Reply reply{.outcome = Outcome::found};
      reply.flags = static_cast<std::uint32_t>(parse_number(next_word(line)));
      const auto size = parse_number(next_word(line));
      reply.cas = parse_number(next_word(line));
      reply.value = stream.bytes(size + 2);
      if (!reply.value.ends_with("\r\n")) unexpected(*next, "a value without its line end");
      reply.value.remove_suffix(2);
      sink(*next++, reply);
    }
    for (; next != group.end(); ++next) sink(*next, {.outcome = Outcome::missing});
  }
};

}  // namespace

std::unique_ptr<Dialect> make_text() {
  return std::make_unique<Text>();
}

}  // namespace cocached::stress
