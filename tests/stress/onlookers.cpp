#include "stress/onlookers.hpp"

#include "stress/client.hpp"
#include "stress/ledger.hpp"
#include "stress/udp_link.hpp"
#include "stress/value.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace cocached::stress {
namespace {

constexpr std::size_t kSleepers = 15;  // of the 20 watchers that there may be

/// The number behind `name` in the head of a response; none if it has no such field.
std::optional<std::size_t> field_of(std::string_view head, std::string_view name) {
  const auto at = head.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  std::size_t number = 0;
  std::from_chars(head.data() + at + name.size(), head.data() + head.size(), number);
  return number;
}

/// `ts=<n> gid=<n> type=<t> ...`, or how many lines were left out.
void check_watch_line(std::string_view line) {
  const bool is_event = line.starts_with("ts=") && line.find(" gid=") != std::string_view::npos &&
                        line.find(" type=") != std::string_view::npos;
  if (!is_event && !line.starts_with("skipped="))
    throw Violation{fmt::format("watch shows '{}'", printable(line, 300))};
}

/// The whole reply to a get. A large value is left out, as the server's bound on replies has it.
void check_udp_value(std::string_view reply, std::string_view key) {
  const auto whole = reply;
  const auto fail = [&] {
    throw Violation{fmt::format("get {} over UDP: '{}'", key, printable(whole))};
  };
  if (next_word(reply) != "VALUE" || next_word(reply) != key) fail();
  const auto flags = parse_number(next_word(reply));
  const auto line_end = reply.find("\r\n");
  if (line_end == std::string_view::npos) fail();
  const auto size = parse_number(reply.substr(0, line_end));
  const auto value = reply.substr(line_end + 2, size);
  if (reply.substr(std::min(reply.size(), line_end + 2 + size)) != "\r\nEND\r\n") fail();
  const auto version = version_in(value).value_or(0);
  if (!is_value_of(value, key, version) || flags != flags_of(key, version)) fail();
}

}  // namespace

Onlooker::Onlooker(unsigned number, std::uint64_t seed, Run& run)
    : Companion(fmt::format("onlooker {}", number), false, seed, run), number_(number) {
  add("HTTP", 20, [this] { read_page(); });
  add("watch", 5, [this] { watch(); });
  add("watch, never reading", 2, [this] { watch_asleep(); });
  add("binary statistics", 10, [this] { ask_in_binary(); });
  add("UDP", 60, [this] { ask_over_udp(); });
  add("pause", 10, [this] { pause(20); });
}

void Onlooker::read_page() {
  constexpr auto kPaths = std::to_array<std::string_view>(
      {"/", "/metrics", "/stats.json", "/history.json", "/hotkeys.json", "/mrc.json", "/keys",
       "/keys?prefix=own&limit=1000", "/keys?prefix=n0:&limit=10", "/livez", "/readyz"});
  const auto path = random_.pick(kPaths);
  Stream stream{place_.http, Stream::Kind::plain, run_.patience};
  stream.send(fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{}\r\n", path,
                          random_.chance(0.5) ? "Accept-Encoding: gzip\r\n" : ""));
  const auto response = stream.rest();
  const auto head = std::string_view{response}.substr(0, response.find("\r\n\r\n"));
  const bool may_be_busy = path == "/readyz" || run_.target.stopping(place_.life);
  const bool served =
      head.starts_with("HTTP/1.1 200 ") || (may_be_busy && head.starts_with("HTTP/1.1 503 "));
  if (head.empty() && run_.target.stopping(place_.life)) return;
  if (!served) throw Violation{fmt::format("{}: '{}'", path, printable(head, 300))};
  const auto size = field_of(head, "Content-Length: ");
  if (size && head.size() + 4 + *size != response.size())
    throw Violation{
        fmt::format("{}: {} bytes of {}", path, response.size() - head.size() - 4, *size)};
}

/// None: there are too many already.
std::optional<Stream> Onlooker::start_watching() {
  constexpr auto kTopics = std::to_array<std::string_view>(
      {"", " fetchers", " mutations", " evictions deletions", " connevents",
       " fetchers mutations evictions deletions connevents"});
  const auto text = make_text();
  auto stream = connect(*text);
  stream.send(fmt::format("watch{}\r\n", random_.pick(kTopics)));
  const auto line = stream.line();
  if (line == "WATCHER_TOO_MANY log watcher limit reached") return std::nullopt;
  if (line != "OK") throw Violation{fmt::format("watch: '{}'", line)};
  return stream;
}

void Onlooker::watch() {
  auto stream = start_watching();
  for (auto lines = stream ? random_.between(1, 2000) : 0; lines > 0 && goes_on(); --lines) {
    if (!stream->wait_for_input(std::chrono::milliseconds{100})) return;
    check_watch_line(stream->line());
  }
}

void Onlooker::watch_asleep() {
  if (sleepers_.size() >= kSleepers) sleepers_.erase(sleepers_.begin());
  if (auto stream = start_watching()) sleepers_.push_back(*std::move(stream));
}

/// Every field comes as a packet of its own; an empty one ends them.
void Onlooker::ask_in_binary() {
  constexpr auto kKinds =
      std::to_array<std::string_view>({"", "settings", "items", "slabs", "conns", "latency"});
  const auto binary = make_binary();
  auto stream = connect(*binary);
  const auto kind = random_.pick(kKinds);
  std::string request{"\x80\x10\0", 3};
  request += static_cast<char>(kind.size());
  request.append(7, '\0');
  request += static_cast<char>(kind.size());
  request.append(12, '\0');
  stream.send(request.append(kind));
  for (std::size_t size = 1; size > 0;) {
    const auto head = stream.bytes(24);
    if (!head.starts_with("\x81\x10")) throw Violation{"binary statistics: another reply"};
    const auto byte = [&](std::size_t at) {
      return std::size_t{static_cast<unsigned char>(head[at])};
    };
    size = (byte(9) << 16) | (byte(10) << 8) | byte(11);
    stream.bytes(size);
  }
}

/// Datagrams may be lost, and nobody says so.
void Onlooker::ask_over_udp() {
  if (place_.udp == 0) return;
  const auto key = shared_key(random_.below(run_.shared_keys));
  UdpLink link{place_.udp};
  if (random_.chance(0.3)) {
    const auto version = ((kFirstUnorderedWriter + number_) << kWriterShift) | ++writes_;
    const auto value = make_value(key, version, random_.between(kValueHeader, 1000));
    const auto reply = link.ask(
        fmt::format("set {} {} 0 {}\r\n{}\r\n", key, flags_of(key, version), value.size(), value));
    if (reply && *reply != "STORED\r\n" && !reply->starts_with("SERVER_ERROR out of memory"))
      throw Violation{fmt::format("set over UDP: '{}'", printable(*reply))};
    return run_.findings.count(reply ? "UDP, answered" : "UDP, lost");
  }
  const auto reply = link.ask(fmt::format("get {}\r\n", key));
  run_.findings.count(reply ? "UDP, answered" : "UDP, lost");
  const bool has_value =
      reply && *reply != "END\r\n" && *reply != "SERVER_ERROR reply too large for UDP\r\n";
  if (has_value) check_udp_value(*reply, key);
}

}  // namespace cocached::stress
