#include "protocol/text/admin_parser.hpp"

#include "protocol/reply_texts.hpp"
#include "protocol/tokens.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace cocached::protocol {
namespace {

constexpr std::uint32_t kMaxClass = 63;  // memcached's slab classes are 1..63
constexpr std::uint32_t kTheClass = 1;   // the class of all items; this server has no slab classes

struct TopicName {
  std::string_view word;
  Topic topic;
};
constexpr std::array kTopics{
    TopicName{"fetchers", Topic::fetchers},     TopicName{"mutations", Topic::mutations},
    TopicName{"evictions", Topic::evictions},   TopicName{"deletions", Topic::deletions},
    TopicName{"connevents", Topic::connevents}, TopicName{"rawcmds", Topic::others},
    TopicName{"sysevents", Topic::others},      TopicName{"proxyreqs", Topic::others},
    TopicName{"proxyevents", Topic::others},    TopicName{"proxyuser", Topic::others},
};

/// Parses one slab class, a list of classes with commas, or `all`.
Dump::Classes parse_classes(std::string_view list) noexcept {
  using Classes = Dump::Classes;
  if (list == "all") return Classes::with_items;
  auto classes = Classes::without_items;
  while (!list.empty()) {
    const auto id = list.substr(0, list.find(','));
    const auto number = parse_number<std::uint32_t>(id);
    if (!number || *number < 1 || *number > kMaxClass) return Classes::unknown;
    if (*number == kTheClass) classes = Classes::with_items;
    list.remove_prefix(std::min(id.size() + 1, list.size()));
  }
  return classes;
}

/// Parses the classes of a dump. `hash` asks memcached for all items in another order; this server
/// has one order.
Dump parse_dump(Dump::Format format, std::string_view classes) noexcept {
  return {format, parse_classes(classes == "hash" ? "all" : classes)};
}

/// Cuts a decimal number off the front of `text`. Returns the largest number if it is out of range,
/// and nothing if there is none.
std::optional<std::int64_t> take_number(std::string_view& text) noexcept {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::invalid_argument) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc{} ? number : std::numeric_limits<std::int64_t>::max();
}

Fixed parse_reassign(const Tokens& words) {
  const auto from = parse_number<std::int32_t>(words[1]);
  const auto to = parse_number<std::int32_t>(words[2]);
  if (!from || !to) return {text::kBadFormat};
  if (*from == *to) return {text::kSameClasses};
  const auto is_class = [](std::int32_t id) { return id >= 0 && id <= std::int32_t{kMaxClass}; };
  return {is_class(*to) && *from <= std::int32_t{kMaxClass} ? text::kOk : text::kBadClasses};
}

Fixed parse_window(std::string_view token) {
  const auto seconds = parse_number<std::uint32_t>(token);
  if (!seconds) return {text::kBadFormat};
  return {*seconds < 3 || *seconds > 1800 ? text::kBadWindow : text::kOk};
}

Fixed parse_automove(const Tokens& words) {
  if (words[1] == "ratio" || words[1] == "freeratio")
    return {parse_number<double>(words[2]) ? text::kOk : text::kError};
  if (words[1] == "window") return parse_window(words[2]);
  const auto level = parse_number<std::uint32_t>(words[1]);
  if (!level) return {text::kBadFormat};
  return {*level <= 2 ? text::kOk : text::kError};
}

Fixed parse_tune(const Tokens& words) {
  const auto hot = parse_number<std::uint32_t>(words[1]);
  const auto warm = parse_number<std::uint32_t>(words[2]);
  const auto hot_factor = parse_number<double>(words[3]);
  const auto warm_factor = parse_number<double>(words[4]);
  if (!hot || !warm || !hot_factor || !warm_factor) return {text::kError};
  if (std::uint64_t{*hot} + *warm > 80) return {text::kBadPercents};
  // NaN compares false, so this refuses a NaN too.
  return {*hot_factor > 0 && *warm_factor > 0 ? text::kOk : text::kBadFactors};
}

Request slabs_request(const Tokens& words) {
  if (words[0] == "reassign" && words.size() == 3) return parse_reassign(words);
  if (words[0] == "automove" && words.size() >= 2) return parse_automove(words);
  return Fixed{text::kError};
}

Request lru_request(const Tokens& words) {
  if (words[0] == "tune" && words.size() >= 5) return parse_tune(words);
  if (words[0] == "mode" && words.size() >= 2)
    return Fixed{words[1] == "flat" || words[1] == "segmented" ? text::kOk : text::kError};
  if (words[0] == "temp_ttl" && words.size() >= 2)
    return Fixed{parse_number<std::int32_t>(words[1]) ? text::kOk : text::kError};
  return Fixed{text::kError};
}

Request crawler_request(const Tokens& words) {
  constexpr std::uint32_t kMaxSleep = 1'000'000;  // microseconds
  if (words.size() == 1)
    return Fixed{words[0] == "enable" || words[0] == "disable" ? text::kOk : text::kError};
  if (words.size() != 2) return Fixed{text::kError};
  // The store's sweeper looks for expired items all the time, so `crawl` has nothing to start.
  if (words[0] == "crawl")
    return Fixed{parse_classes(words[1]) == Dump::Classes::unknown ? text::kBadClass : text::kOk};
  if (words[0] == "metadump") return parse_dump(Dump::Format::metadump, words[1]);
  if (words[0] == "mgdump") return parse_dump(Dump::Format::mgdump, words[1]);
  if (words[0] != "sleep" && words[0] != "tocrawl") return Fixed{text::kError};
  const auto number = parse_number<std::uint32_t>(words[1]);
  if (!number) return Fixed{text::kBadFormat};
  return Fixed{words[0] == "sleep" && *number > kMaxSleep ? text::kSleepTooLong : text::kOk};
}

/// Returns the request that the words of a line mean, without a reply if the last word is
/// `noreply`. Only a dump has another effect than its reply; with `noreply` there is no dump.
Request obey_noreply(std::string_view rest, Request (*parse)(const Tokens&)) {
  const Tokens words{rest};
  const auto request = parse(words);
  if (!is_quiet(words)) return request;
  const auto* const fixed = std::get_if<Fixed>(&request);
  return Fixed{fixed != nullptr ? fixed->reply : text::kError, true};
}

}  // namespace

Request parse_flush(std::string_view rest) {
  const Tokens arguments{rest};
  const bool quiet = is_quiet(arguments);
  if (arguments.size() == (quiet ? 1U : 0U)) return Flush{{.quiet = quiet}, 0};
  return Flush{{.quiet = quiet}, parse_number<ExpiryTime>(arguments[0])};
}

Request parse_verbosity(std::string_view rest) {
  const Tokens arguments{rest};
  const bool quiet = is_quiet(arguments);
  const auto level = parse_number<std::uint32_t>(arguments[0]);
  if (!level) return Fixed{text::kBadFormat, quiet};
  return Verbosity{*level, quiet};
}

Request parse_memory_limit(std::string_view rest) {
  constexpr std::uint32_t kMin = 8;
  constexpr std::uint32_t kMax = 1'000'000'000;
  const Tokens arguments{rest};
  const bool quiet = is_quiet(arguments);
  const auto mebibytes = parse_number<std::uint32_t>(arguments[0]);
  if (!mebibytes) return Fixed{text::kError, quiet};
  if (*mebibytes < kMin) return Fixed{text::kLimitTooSmall, quiet};
  if (*mebibytes > kMax) return Fixed{text::kLimitNotBytes, quiet};
  return MemoryLimit{*mebibytes, quiet};
}

Request parse_namespace(std::string_view rest) {
  using Action = Namespace::Action;
  const Tokens words{rest};
  const bool quiet = is_quiet(words);
  const std::size_t count = words.size() - (quiet ? 1 : 0);
  if (words[0] == "flush" && count == 2) return Namespace{Action::flush, words[1], 0, quiet};
  if (words[0] == "stats" && words.size() <= 2) return Namespace{Action::stats, words[1]};
  const auto bytes = parse_number<std::uint64_t>(words[2]);
  if (words[0] == "quota" && count == 3 && bytes)
    return Namespace{Action::quota, words[1], *bytes, quiet};
  return Fixed{text::kNamespaceUsage, quiet};
}

/// Parses `<bucket>:<generation>`, or `<bucket>` for `disown`. Ignores text behind the numbers, as
/// memcached 1.2 does.
Request parse_bucket(std::string_view rest, Bucket::Action action) {
  const Tokens words{rest};
  if (words.size() != 1) return Fixed{text::kError};
  auto word = words[0];
  Bucket bucket{.action = action, .number = take_number(word)};
  if (action == Bucket::Action::disown) return bucket;
  const bool goes_on = word.starts_with(':');
  word.remove_prefix(goes_on ? 1 : 0);
  const auto generation = take_number(word);
  if (!goes_on || !generation) bucket.number.reset();
  bucket.generation = generation.value_or(0);
  return bucket;
}

Request parse_watch(std::string_view rest) {
  Topics topics = 0;
  auto word = next_token(rest);
  if (word.empty()) return Watch{bit(Topic::fetchers)};
  for (; !word.empty(); word = next_token(rest)) {
    const auto* found = std::ranges::find(kTopics, word, &TopicName::word);
    if (found == kTopics.end()) return Watch{};
    topics = static_cast<Topics>(topics | bit(found->topic));
  }
  return Watch{topics};
}

Request parse_shutdown(std::string_view rest) {
  using Mode = Shutdown::Mode;
  const Tokens arguments{rest};
  const bool quiet = is_quiet(arguments);
  if (arguments.size() == 0) return Shutdown{Mode::at_once, quiet};
  const bool graceful = arguments.size() == 1 && arguments[0] == "graceful";
  return Shutdown{graceful ? Mode::graceful : Mode::unknown, quiet};
}

Request parse_slabs(std::string_view rest) {
  return obey_noreply(rest, slabs_request);
}

Request parse_lru(std::string_view rest) {
  return obey_noreply(rest, lru_request);
}

Request parse_lru_crawler(std::string_view rest) {
  return obey_noreply(rest, crawler_request);
}

}  // namespace cocached::protocol
