#include "bench/line_checker.hpp"

#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace cocached::bench {
namespace {

constexpr std::size_t kLongestLine = 2048;
constexpr std::string_view kLineEnd = "\r\n";

[[noreturn]] void refuse(std::string_view what, std::string_view line) {
  throw BadReply(fmt::format("{}: {:?}", what, line.substr(0, 100)));
}

bool is_error(std::string_view line) noexcept {
  return line.starts_with("ERROR") || line.starts_with("CLIENT_ERROR") ||
         line.starts_with("SERVER_ERROR");
}

/// Cuts the front of `line` off up to the next space.
std::string_view take_token(std::string_view& line) noexcept {
  const std::string_view token = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(token.size() + 1, line.size()));
  return token;
}

std::size_t parse_size(std::string_view token, std::string_view line) {
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), size);
  if (error != std::errc{} || end != token.data() + token.size()) refuse("no size", line);
  return size;
}

/// Returns the index of `key` among the keys left. Throws if it is none of them.
std::size_t find_key(const CheckerContext& context, std::string_view key, std::string_view line) {
  for (std::size_t index = 0; index < context.outstanding.keys_left(); ++index) {
    if (context.data.is_key(context.outstanding.key(index), key)) return index;
  }
  refuse("a value that was not asked for", line);
}

}  // namespace

void LineChecker::feed(std::string_view bytes, std::int64_t now) {
  while (!bytes.empty()) bytes = in_value_ ? take_value(bytes, now) : take_line(bytes, now);
}

std::string_view LineChecker::take_line(std::string_view bytes, std::int64_t now) {
  const std::size_t newline = bytes.find('\n');
  std::string_view line = bytes.substr(0, newline);
  if (newline == std::string_view::npos || !partial_.empty()) {
    partial_ += line;
    if (partial_.size() > kLongestLine) refuse("a line too long", partial_);
    if (newline == std::string_view::npos) return {};
    line = partial_;
  }
  if (!line.ends_with('\r')) refuse("a line without its end", line);
  line.remove_suffix(1);
  if (outstanding().empty()) refuse("a reply to no request", line);
  on_line(line, now);
  partial_.clear();
  return bytes.substr(newline + 1);
}

void LineChecker::expect_value(std::size_t index, std::size_t size) {
  value_.begin(context_, index, size);
  in_value_ = true;
  end_seen_ = 0;
}

std::string_view LineChecker::take_value(std::string_view bytes, std::int64_t now) {
  bytes = value_.feed(context_, bytes);
  while (!bytes.empty()) {
    if (bytes.front() != kLineEnd[end_seen_]) refuse("a value without its end", bytes);
    bytes.remove_prefix(1);
    if (++end_seen_ < kLineEnd.size()) continue;
    in_value_ = false;
    outstanding().hit(value_.index(), value_.right());
    on_value(now);
    break;
  }
  return bytes;
}

void TextChecker::on_line(std::string_view line, std::int64_t now) {
  const bool get = outstanding().operation() == Operation::get;
  if (get && line.starts_with("VALUE ")) return on_value_line(line);
  if (line == (get ? "END" : "STORED")) return outstanding().finish(now);
  if (is_error(line) || (!get && line == "NOT_STORED")) return outstanding().fail(line, now);
  refuse("not a reply to the request", line);
}

// VALUE <key> <flags> <bytes>
void TextChecker::on_value_line(std::string_view line) {
  std::string_view rest = line.substr(6);
  const std::size_t index = find_key(context(), take_token(rest), line);
  const std::string_view flags = take_token(rest);
  expect_value(index, parse_size(rest, line));
  if (flags != "0") value().spoil();
}

void MetaChecker::on_line(std::string_view line, std::int64_t now) {
  const bool get = outstanding().operation() == Operation::get;
  const bool several = outstanding().several_keys();
  if (get && line.starts_with("VA ")) return on_value_line(line);
  if (line == (get ? (several ? "MN" : "EN") : "HD")) return outstanding().finish(now);
  // Each of several gets can fail by itself; the reply to the no-op still ends them.
  if (is_error(line) && several) return outstanding().error(line);
  if (is_error(line) || (!get && line == "NS")) return outstanding().fail(line, now);
  refuse("not a reply to the request", line);
}

// VA <size>, and " k<key>" if there are several
void MetaChecker::on_value_line(std::string_view line) {
  std::string_view rest = line.substr(3);
  const std::size_t size = parse_size(take_token(rest), line);
  std::size_t index = 0;
  if (outstanding().several_keys()) {
    if (!rest.starts_with('k')) refuse("a value without its key", line);
    index = find_key(context(), rest.substr(1), line);
  }
  expect_value(index, size);
}

void MetaChecker::on_value(std::int64_t now) {
  if (!outstanding().several_keys()) outstanding().finish(now);
}

}  // namespace cocached::bench
