#include "stress/dialect.hpp"
#include "stress/findings.hpp"

#include <cstdint>
#include <iterator>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace cocached::stress {
namespace {

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), from,
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string_view mode_of(Action action) noexcept {
  switch (action) {
    case Action::add:
      return " ME";
    case Action::replace:
      return " MR";
    case Action::append:
      return " MA";
    case Action::prepend:
      return " MP";
    case Action::decrement:
      return " MD";
    default:
      return "";
  }
}

/// The meta commands. Each request has an opaque number, which its reply must bear.
class Meta final : public Dialect {
 public:
  std::string_view name() const noexcept override { return "meta"; }
  bool takes_binary_keys() const noexcept override { return true; }

  void greet(Stream& stream) override {
    stream.send("mn\r\n");
    const auto line = stream.line();
    if (line == "ERROR Too many open connections") throw Closed{"too many connections"};
    if (line != "MN") throw Violation{fmt::format("mn: '{}'", line)};
  }

  /// Several gets are quiet ones, with a `mn` behind them.
  void encode(const Group& group, std::string& to) override {
    const bool quiet = group.size() > 1;
    for (const auto& operation : group) encode(operation, quiet, to);
    if (quiet) to += "mn\r\n";
  }

  void decode(const Group& group, Stream& stream, const ReplySink& sink) override {
    if (group.size() == 1) {
      const std::string line{stream.line()};
      decode(group.front(), line, next_answered_++, stream, sink);
      return;
    }
    auto next = group.begin();
    const auto skip_to = [&](std::uint64_t opaque) {
      for (; next != group.end() && next_answered_ != opaque; ++next, ++next_answered_)
        sink(*next, {.outcome = Outcome::missing});
    };
    for (;;) {
      const std::string line{stream.line()};
      if (line == "MN") break;
      skip_to(opaque_in(line));
      if (next == group.end()) unexpected(group.back(), line);
      decode(*next++, line, next_answered_++, stream, sink);
    }
    skip_to(~std::uint64_t{0});
  }

 private:
  void encode(const Operation& operation, bool quiet, std::string& to) {
    const auto key = operation.binary_key ? base64(operation.key) : operation.key;
    const std::string_view b = operation.binary_key ? " b" : "";
    const auto out = std::back_inserter(to);
    const auto opaque = next_sent_++;
    switch (operation.action) {
      case Action::get:
        fmt::format_to(out, "mg {}{} k f c O{} v{}\r\n", key, b, opaque, quiet ? " q" : "");
        break;
      case Action::get_and_touch:
        fmt::format_to(out, "mg {}{} k f c O{} v T{}\r\n", key, b, opaque, operation.ttl);
        break;
      case Action::touch:
        fmt::format_to(out, "mg {}{} T{} O{}\r\n", key, b, operation.ttl, opaque);
        break;
      case Action::remove:
        fmt::format_to(out, "md {}{} O{}\r\n", key, b, opaque);
        break;
      case Action::increment:
      case Action::decrement:
        fmt::format_to(out, "ma {}{} v D{} O{}{}\r\n", key, b, operation.number, opaque,
                       mode_of(operation.action));
        break;
      default:
        fmt::format_to(out, "ms {} {}{} F{} T{} c O{}{}", key, operation.value.size(), b,
                       operation.flags, operation.ttl, opaque, mode_of(operation.action));
        if (operation.action == Action::compare_and_set)
          fmt::format_to(out, " C{}", operation.number);
        fmt::format_to(out, "\r\n{}\r\n", operation.value);
    }
  }

  static std::uint64_t opaque_in(std::string_view line) {
    while (!line.empty())
      if (auto word = next_word(line); word.starts_with('O')) return parse_number(word.substr(1));
    throw Violation{"a meta reply without its opaque"};
  }

  /// The flags that follow the code, and the size that follows VA.
  static void take_flags(const Operation& operation, std::string_view line, std::uint64_t opaque,
                         Reply& reply) {
    bool has_opaque = false;
    const auto whole = line;
    while (!line.empty()) {
      const auto word = next_word(line);
      const auto rest = word.substr(1);
      const auto key = operation.binary_key ? base64(operation.key) : operation.key;
      if (word.starts_with('O')) has_opaque = parse_number(rest) == opaque;
      if (word.starts_with('f')) reply.flags = static_cast<std::uint32_t>(parse_number(rest));
      if (word.starts_with('c')) reply.cas = parse_number(rest);
      if (word.starts_with('k') && rest != key) unexpected(operation, whole);
    }
    if (!has_opaque) unexpected(operation, whole);
  }

  static void decode(const Operation& operation, std::string_view line, std::uint64_t opaque,
                     Stream& stream, const ReplySink& sink) {
    if (line == "SERVER_ERROR object too large for cache")
      return sink(operation, {.outcome = Outcome::too_large});
    if (line.starts_with("SERVER_ERROR out of memory"))
      return sink(operation, {.outcome = Outcome::no_memory});
    const auto whole = line;
    const auto code = next_word(line);
    Reply reply;
    if (code == "VA") {
      const auto size = parse_number(next_word(line));
      take_flags(operation, line, opaque, reply);
      return sink(operation, value(operation, stream, size, reply));
    }
    reply.outcome = outcome_of(operation, code, whole);
    take_flags(operation, line, opaque, reply);
    if (reply.outcome != Outcome::done) reply.cas.reset();
    sink(operation, reply);
  }

  static Reply value(const Operation& operation, Stream& stream, std::size_t size, Reply reply) {
    reply.value = stream.bytes(size + 2);
    if (!reply.value.ends_with("\r\n")) unexpected(operation, "a value without its line end");
    reply.value.remove_suffix(2);
    reply.outcome = Outcome::found;
    const bool counts =
        operation.action == Action::increment || operation.action == Action::decrement;
    if (counts) {
      reply.outcome = Outcome::number;
      reply.number = parse_number(reply.value);
    }
    return reply;
  }

  static Outcome outcome_of(const Operation& operation, std::string_view code,
                            std::string_view line) {
    if (code == "HD") return Outcome::done;
    if (code == "EN" || code == "NF") return Outcome::missing;
    if (code == "NS") return Outcome::not_stored;
    if (code == "EX") return Outcome::exists;
    unexpected(operation, line);
  }

  std::uint64_t next_sent_ = 1;
  std::uint64_t next_answered_ = 1;
};

}  // namespace

std::unique_ptr<Dialect> make_meta() {
  return std::make_unique<Meta>();
}

}  // namespace cocached::stress
