// A line is one command name and its words. `kCommands` is the table of all commands; its rows
// stand in order of frequency, because find_parser() compares the names one by one. The row's
// function parses the rest of the line. The parser keeps no state and takes no lock.
//
// Invariant: a parser that announces a value (Storage::length, Fixed::swallow) has read a valid
// length, so bytes of a value are never taken for commands.

#include "protocol/text/text_parser.hpp"

#include "protocol/meta/meta_parser.hpp"
#include "protocol/reply_texts.hpp"
#include "protocol/text/admin_parser.hpp"
#include "protocol/tokens.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace cocached::protocol {
namespace {

constexpr Fixed kMalformed{text::kBadFormat};

/// A line, cut at its first space, without its line end.
struct Line {
  std::string_view command;
  std::string_view rest;
};

Line split(std::string_view line) noexcept {
  line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  const auto space = std::min(line.find(' '), line.size());
  return {line.substr(0, space), line.substr(space)};
}

bool is_key(std::string_view token) noexcept {
  return !token.empty() && token.size() <= kMaxKeySize;
}

/// Reads the next word as C's strtol does, which memcached uses for storage commands: a `+` may
/// stand before the number, and a `-` before a zero. Returns false if the word is no number that
/// fits `Number`.
template <class Number>
bool next_signed_number(WordReader& words, Number& to) noexcept {
  if (words.next_number(to)) return true;
  const auto word = words.current();
  if (word == "-0") {
    to = 0;
    return true;
  }
  const auto number = word.starts_with('+') ? parse_number<Number>(word.substr(1)) : std::nullopt;
  if (number) to = *number;
  return number.has_value();
}

/// Returns the first of `keys`. Returns nothing if there is no key or any key is too long: a list
/// is answered whole or not at all.
std::string_view first_of_valid_keys(std::string_view keys) noexcept {
  const auto first = next_token(keys);
  auto key = first;
  while (is_key(key)) key = next_token(keys);
  return key.empty() ? first : std::string_view{};
}

Request parse_keys(std::string_view keys, bool with_cas, std::optional<ExpiryTime> touch) {
  const auto first = first_of_valid_keys(keys);
  if (first.empty()) return kMalformed;
  return Request{std::in_place_type<Get>, keys, first, with_cas, touch};
}

Request parse_get(std::string_view rest, bool with_cas) {
  return parse_keys(rest, with_cas, {});
}

Request parse_get_and_touch(std::string_view rest, bool with_cas) {
  const auto expiry = next_token(rest);
  if (rest.empty()) return kMalformed;
  const auto touch = parse_number<ExpiryTime>(expiry);
  if (!touch) return Fixed{text::kBadExpiry};
  return parse_keys(rest, with_cas, touch);
}

Request make_store(StoreMode mode, std::string_view key, std::uint32_t flags, ExpiryTime expiry,
                   std::size_t size, bool quiet, const std::uint64_t* cas) {
  Request request{
      std::in_place_type<Storage>, WireFormat{.quiet = quiet}, mode, key, flags, expiry, size};
  if (cas != nullptr) std::get<Storage>(request).compare_cas = *cas;
  return request;
}

/// Parses `<command> <key> <flags> <exptime> <bytes> [<cas unique>] [noreply]`.
///
/// If the length is good and another word is bad, the session drops the value, so that its bytes
/// are not taken for commands. If the length is bad, no value is expected.
Request parse_store(std::string_view rest, StoreMode mode, bool compares_cas) {
  WordReader words{rest};
  const auto key = words.next();
  std::uint32_t flags = 0;
  ExpiryTime expiry = 0;
  std::int64_t length = 0;
  std::uint64_t cas = 0;
  bool valid = next_signed_number(words, flags);
  valid &= next_signed_number(words, expiry);
  if (!words.next_number(length) || length < 0 || length > kMaxAnnouncedValue) return kMalformed;
  if (compares_cas) valid &= words.next_number(cas);
  const bool quiet = words.skip_to_last() == "noreply";
  const auto size = static_cast<std::size_t>(length);
  if (!valid || !is_key(key)) return Fixed{text::kBadFormat, quiet, size + text::kLineEnd.size()};
  return make_store(mode, key, flags, expiry, size, quiet, compares_cas ? &cas : nullptr);
}

Request parse_arithmetic(std::string_view rest, bool increment) {
  const Tokens arguments{rest};
  if (arguments.size() < 2) return kMalformed;
  const bool quiet = is_quiet(arguments);
  if (!is_key(arguments[0])) return Fixed{text::kBadFormat, quiet};
  const auto delta = parse_number<std::uint64_t>(arguments[1]);
  if (!delta) return Fixed{text::kBadDelta, quiet};
  return Arithmetic{
      .form = {.quiet = quiet}, .increment = increment, .key = arguments[0], .delta = *delta};
}

Request parse_touch(std::string_view rest) {
  const Tokens arguments{rest};
  if (arguments.size() < 2) return kMalformed;
  const bool quiet = is_quiet(arguments);
  if (!is_key(arguments[0])) return Fixed{text::kBadFormat, quiet};
  const auto expiry = parse_number<ExpiryTime>(arguments[1]);
  if (!expiry) return Fixed{text::kBadExpiry, quiet};
  return Touch{{.quiet = quiet}, arguments[0], *expiry};
}

/// Parses `delete <key> [<time>] [noreply]`. Ignores the time, which old clients send. Refuses more
/// words, as the test tool memcapable demands.
Request parse_delete(std::string_view rest) {
  const Tokens arguments{rest};
  if (arguments.size() < 1) return kMalformed;
  const bool quiet = is_quiet(arguments);
  if (!is_key(arguments[0]) || arguments.size() > 3) return Fixed{text::kBadFormat, quiet};
  return Remove{.form = {.quiet = quiet}, .key = arguments[0]};
}

using Parser = Request (*)(std::string_view rest);

struct Command {
  std::string_view name;
  Parser parse;
};

/// All commands of the text protocol, the most frequent first.
constexpr std::array kCommands{
    Command{"get", [](auto rest) { return parse_get(rest, false); }},
    Command{"set", [](auto rest) { return parse_store(rest, StoreMode::set, false); }},
    Command{"gets", [](auto rest) { return parse_get(rest, true); }},
    Command{"delete", parse_delete},
    Command{"incr", [](auto rest) { return parse_arithmetic(rest, true); }},
    Command{"decr", [](auto rest) { return parse_arithmetic(rest, false); }},
    Command{"add", [](auto rest) { return parse_store(rest, StoreMode::add, false); }},
    Command{"cas", [](auto rest) { return parse_store(rest, StoreMode::set, true); }},
    Command{"touch", parse_touch},
    Command{"gat", [](auto rest) { return parse_get_and_touch(rest, false); }},
    Command{"gats", [](auto rest) { return parse_get_and_touch(rest, true); }},
    Command{"replace", [](auto rest) { return parse_store(rest, StoreMode::replace, false); }},
    Command{"append", [](auto rest) { return parse_store(rest, StoreMode::append, false); }},
    Command{"prepend", [](auto rest) { return parse_store(rest, StoreMode::prepend, false); }},
    Command{"bget",
            [](auto rest) { return parse_get(rest, false); }},  // a command of memcached 1.2
    Command{"mg", parse_meta_get},
    Command{"ms", parse_meta_set},
    Command{"md", parse_meta_delete},
    Command{"ma", parse_meta_arithmetic},
    Command{"mn", [](auto) -> Request { return Noop{}; }},
    Command{"me", parse_meta_debug},
    Command{"version", [](auto) -> Request { return Version{}; }},
    Command{"quit", [](auto) -> Request { return Quit{}; }},
    Command{"stats", [](auto rest) -> Request { return Stats{{}, rest}; }},
    Command{"flush_all", parse_flush},
    Command{"verbosity", parse_verbosity},
    Command{"cache_memlimit", parse_memory_limit},
    Command{"refresh_certs", [](auto) -> Request { return RefreshCertificates{}; }},
    Command{"watch", parse_watch},
    Command{"shutdown", parse_shutdown},
    Command{"slabs", parse_slabs},
    Command{"lru", parse_lru},
    Command{"lru_crawler", parse_lru_crawler},
    Command{"ns", parse_namespace},
    Command{"own", [](auto rest) { return parse_bucket(rest, Bucket::Action::own); }},
    Command{"disown", [](auto rest) { return parse_bucket(rest, Bucket::Action::disown); }},
    Command{"bg", [](auto rest) { return parse_bucket(rest, Bucket::Action::claim); }},
};

/// Compares `name` with every row, unrolled: a comparison with a constant costs an instruction or
/// two. Returns null if there is no such command.
template <std::size_t... kIndex>
Parser find_parser(std::string_view name, std::index_sequence<kIndex...>) noexcept {
  Parser parser = nullptr;
  (void)((name == kCommands[kIndex].name && (parser = kCommands[kIndex].parse) != nullptr) || ...);
  return parser;
}

/// Returns null if there is no such command.
Parser parser_of(std::string_view name) noexcept {
  return find_parser(name, std::make_index_sequence<kCommands.size()>{});
}

/// Returns true if a command's line ends like the first line of an HTTP request:
/// ` <target> HTTP/1.1`. A script on a web page may choose a command's name as the method; the
/// server would then execute the body as commands.
bool is_http_request(std::string_view rest) noexcept {
  if (rest.size() <= kHttpEnd || !ends_as_http_request(rest)) return false;
  const auto target = next_token(rest);
  return (target.starts_with('/') || target == "*" || target.find("://") != target.npos);
}

/// Returns true if a line that starts with no command ends with an HTTP version, whatever its
/// target. This is memcached's rule.
bool is_http(std::string_view rest) noexcept {
  const Tokens words{rest};
  return words.size() > 0 && words.last().starts_with("HTTP/");
}

}  // namespace

Request parse_text(std::string_view line) {
  const auto [name, rest] = split(line);
  // memcached refuses every line under four bytes, its end included. `mn\n` is harmless.
  if (line.size() < 4 && name != "mn") return Fixed{text::kBadFormat, false, 0, true};

  if (const auto parse = parser_of(name)) {
    if (is_http_request(rest)) [[unlikely]]
      return HangUp{};
    return parse(rest);
  }
  if (is_http(rest)) return HangUp{};
  return Fixed{text::kError, is_quiet(Tokens{rest}), 0, true};
}

std::optional<KeyListStart> parse_key_list(std::string_view partial) {
  if (partial.starts_with(' ')) return KeyListStart{Fixed{text::kError, false, 0, true}, 0};
  const auto size = std::min(partial.find(' '), partial.size());
  const auto name = partial.substr(0, size);
  const bool touches = name == "gat" || name == "gats";
  if (!touches && name != "get" && name != "gets" && name != "bget") return std::nullopt;
  const bool with_cas = name.ends_with('s');
  if (!touches) return KeyListStart{Get{.with_cas = with_cas}, size};

  auto rest = partial.substr(size);
  const auto touch = parse_number<ExpiryTime>(next_token(rest));
  if (!touch) return KeyListStart{Fixed{text::kBadExpiry}, size};
  return KeyListStart{Get{.with_cas = with_cas, .touch = touch}, partial.size() - rest.size()};
}

bool ends_as_http_request(std::string_view end) noexcept {
  if (end.size() < kHttpEnd || end[end.size() - 4] != '/') return false;
  return end.substr(end.size() - kHttpEnd).starts_with(" HTTP/");  // any digits may follow
}

bool may_be_long(std::string_view partial) noexcept {
  constexpr std::array<std::string_view, 6> kListKeys{"get ",  "gets ", "gat ",
                                                      "gats ", "bget ", "mg "};
  constexpr std::size_t kMaxBlanks = 100;  // memcached gives up there too
  const auto start = partial.find_first_not_of(' ');
  if (start > kMaxBlanks) return false;
  partial.remove_prefix(start);
  return std::ranges::any_of(kListKeys, [&](auto command) { return partial.starts_with(command); });
}

}  // namespace cocached::protocol
