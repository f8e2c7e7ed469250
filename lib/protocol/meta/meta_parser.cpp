// All meta commands share one grammar: a key, for `ms` a length, and flags of one letter each.
// MetaLine reads that grammar once into Flags; each command then picks the flags that concern it.
// The parsers keep no state and take no lock.
//
// Invariant: a command uses `MetaLine::flags` only if `MetaLine::error` is empty.

#include "protocol/meta/meta_parser.hpp"

#include "protocol/base64.hpp"
#include "protocol/reply_texts.hpp"
#include "protocol/tokens.hpp"

#include <bitset>

namespace cocached::protocol {
namespace {

/// The most words on a meta line, its name and key included.
constexpr std::size_t kMaxWords = 20;
constexpr std::size_t kMaxOpaque = 32;  // bytes, with the letter `O`

/// The flags of a line, for every meta command.
struct Flags {
  bool base64_key = false;
  bool quiet = false;
  bool with_value = false;
  bool bump = true;
  bool mark_stale = false;
  bool clear_value = false;
  char mode = 0;
  std::uint32_t client_flags = 0;
  std::uint64_t delta = 1;
  std::uint64_t initial = 0;
  std::optional<std::uint64_t> compare_cas;
  std::optional<std::uint64_t> new_cas;
  std::optional<ExpiryTime> expiry;
  std::optional<ExpiryTime> vivify;
  std::optional<ExpiryTime> recache;
  bool expiry_is_last = false;  ///< `T` stands behind `N`

  /// Returns the expiry time of an item that a miss creates, or nothing if a miss creates none. If
  /// the line has `T` and `N`, the later of them counts, as in memcached.
  std::optional<ExpiryTime> expiry_of_created() const noexcept {
    return vivify && expiry_is_last ? expiry : vivify;
  }
};

/// Reads the number of a flag into `to`. Returns `error` if it is not a number, or else nothing.
template <class Number, class To>
std::string_view read_number(std::string_view token, To& to,
                             std::string_view error = text::kBadToken) {
  const auto number = parse_number<Number>(token.substr(1));
  if (!number) return error;
  to = *number;
  return {};
}

/// Reads one flag. Returns an error text, or nothing.
std::string_view read_flag(std::string_view token, std::string_view key, Flags& flags) {
  switch (token.front()) {
    case 'b':
      flags.base64_key = true;
      return DecodedKey::decode(key) ? std::string_view{} : text::kBadBase64;
    case 'q':
      flags.quiet = true;
      return {};
    case 'v':
      flags.with_value = true;
      return {};
    case 'u':
      flags.bump = false;
      return {};
    case 'I':
      flags.mark_stale = true;
      return {};
    case 'x':
      flags.clear_value = true;
      return {};
    case 'M':
      flags.mode = token.size() > 1 ? token[1] : '\n';
      return {};
    case 'F':
      return read_number<std::uint32_t>(token, flags.client_flags, text::kBadFormat);
    case 'C':
      return read_number<std::uint64_t>(token, flags.compare_cas);
    case 'E':
      return read_number<std::uint64_t>(token, flags.new_cas);
    case 'T':
      flags.expiry_is_last = true;
      return read_number<ExpiryTime>(token, flags.expiry);
    case 'N':
      flags.expiry_is_last = false;
      return read_number<ExpiryTime>(token, flags.vivify);
    case 'R':
      return read_number<ExpiryTime>(token, flags.recache);
    case 'J':
      return read_number<std::uint64_t>(token, flags.initial, text::kBadInitial);
    case 'D':
      return read_number<std::uint64_t>(token, flags.delta, text::kBadDeltaValue);
    case 'O':
      return token.size() > kMaxOpaque ? text::kOpaqueTooLong : std::string_view{};
    case 'k':
    case 's':
    case 't':
    case 'c':
    case 'f':
    case 'l':
    case 'h':
    case 'P':
    case 'L':
      return {};
    default:
      return text::kBadFlag;
  }
}

/// Reads all flags. Returns an error text, or nothing. A repeated or unknown flag ends the reading;
/// among other errors the last one is returned, as memcached does.
std::string_view read_flags(std::string_view rest, std::string_view key, Flags& flags) {
  std::bitset<128> seen;
  std::string_view error;
  for (auto token = next_token(rest); !token.empty(); token = next_token(rest)) {
    const auto letter = static_cast<unsigned char>(token.front());
    if (letter >= 127 || seen[letter]) return text::kDuplicateFlag;
    seen.set(letter);
    const auto found = read_flag(token, key, flags);
    if (found == text::kBadFlag) return found;
    if (!found.empty()) error = found;
  }
  return error;
}

/// The key and flags of a line. `rest` is the part of the line behind the key (for `ms` behind the
/// length), and `words_before` counts the words before it.
struct MetaLine {
  std::string_view key;
  std::string_view flag_text;
  Flags flags;
  std::string_view error;  ///< the reply to a bad line; empty if the line is good

  MetaLine(std::string_view line_key, std::string_view rest, std::size_t words_before)
      : key(line_key), flag_text(rest) {
    if (words_before + count_words(rest, kMaxWords) > kMaxWords)
      error = text::kTooManyFlags;
    else
      error = read_flags(rest, key, flags);
    if (!has_key()) error = text::kBadFormat;
  }

  bool has_key() const noexcept {
    return !key.empty() && key.size() <= (flags.base64_key ? kMaxEncodedKeySize : kMaxKeySize);
  }

  WireFormat form() const noexcept {
    return {.dialect = Dialect::meta,
            .quiet = flags.quiet,
            .base64_key = flags.base64_key,
            .key = key,
            .flags = flag_text};
  }
};

MetaLine parse_line(std::string_view rest) {
  const auto key = next_token(rest);
  return {key, rest, 2};
}

/// Returns the mode of `ms` that the letter of its `M` flag means, or nothing if it means none.
std::optional<StoreMode> store_mode(char mode) noexcept {
  switch (mode) {
    case 0:
    case 'S':
      return StoreMode::set;
    case 'E':
      return StoreMode::add;
    case 'A':
      return StoreMode::append;
    case 'P':
      return StoreMode::prepend;
    case 'R':
      return StoreMode::replace;
    default:
      return std::nullopt;
  }
}

std::optional<bool> is_increment(char mode) noexcept {
  switch (mode) {
    case 0:
    case 'I':
    case '+':
      return true;
    case 'D':
    case '-':
      return false;
    default:
      return std::nullopt;
  }
}

}  // namespace

Request parse_meta_get(std::string_view rest) {
  const auto line = parse_line(rest);
  if (!line.error.empty()) return Fixed{line.error};
  const auto& flags = line.flags;
  constexpr bool kWithKey = false;  // `k` is among the flags that the reply repeats
  return Request{std::in_place_type<Lookup>,
                 line.form(),
                 line.key,
                 flags.with_value,
                 kWithKey,
                 flags.bump,
                 flags.compare_cas,
                 flags.expiry,
                 flags.expiry_of_created(),
                 flags.new_cas,
                 flags.recache};
}

Request parse_meta_set(std::string_view rest) {
  const auto key = next_token(rest);
  const auto length = parse_number<std::int64_t>(next_token(rest));
  if (key.empty() || !length || *length < 0 || *length > kMaxAnnouncedValue)
    return Fixed{text::kBadFormat};

  const auto size = static_cast<std::size_t>(*length);
  const MetaLine line{key, rest, 3};
  const auto& flags = line.flags;
  const auto mode = store_mode(flags.mode);
  const auto refused = [&](std::string_view error) {
    return Fixed{error, false, size + text::kLineEnd.size()};
  };
  if (!line.error.empty()) return refused(line.error);
  if (!mode) return refused(text::kBadStoreMode);

  const bool concatenates = mode == StoreMode::append || mode == StoreMode::prepend;
  return Storage{.form = line.form(),
                 .mode = *mode,
                 .key = key,
                 .client_flags = flags.client_flags,
                 .expiry = flags.expiry.value_or(0),
                 .length = size,
                 // An `add` finds no item whose CAS it could compare.
                 .compare_cas = mode == StoreMode::add ? std::nullopt : flags.compare_cas,
                 .new_cas = flags.new_cas,
                 .vivify = concatenates ? flags.vivify : std::nullopt,
                 .store_stale = flags.mark_stale && flags.compare_cas.has_value() && !concatenates};
}

Request parse_meta_delete(std::string_view rest) {
  const auto line = parse_line(rest);
  if (!line.error.empty()) return Fixed{line.error};
  const auto& flags = line.flags;
  return Remove{.form = line.form(),
                .key = line.key,
                .compare_cas = flags.compare_cas,
                .new_cas = flags.new_cas,
                .expiry = flags.expiry,
                .client_flags = flags.client_flags,
                .mark_stale = flags.mark_stale,
                .clear_value = flags.clear_value};
}

Request parse_meta_arithmetic(std::string_view rest) {
  const auto line = parse_line(rest);
  if (line.error == text::kOpaqueTooLong) return Fixed{line.error};
  if (!line.error.empty())
    return Fixed{line.key.empty() ? text::kBadFormat : text::kBadOrDuplicateFlag};
  const auto& flags = line.flags;
  const auto increment = is_increment(flags.mode);
  if (!increment) return Fixed{text::kBadArithmeticMode};
  return Arithmetic{.form = line.form(),
                    .increment = *increment,
                    .key = line.key,
                    .delta = flags.delta,
                    .initial = flags.initial,
                    .vivify = flags.expiry_of_created(),
                    .touch = flags.expiry,
                    .compare_cas = flags.compare_cas,
                    .new_cas = flags.new_cas,
                    .with_value = flags.with_value};
}

Request parse_meta_debug(std::string_view rest) {
  const auto line = parse_line(rest);
  if (!line.has_key() || line.error == text::kBadBase64) return Fixed{text::kBadFormat};
  return Debug{line.form(), line.key};
}

}  // namespace cocached::protocol
