#include "stress/hostile.hpp"

#include "stress/client.hpp"
#include "stress/value.hpp"

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace cocached::stress {
namespace {

constexpr unsigned kLongPause = 200;  // ms

}  // namespace

Hostile::Hostile(unsigned number, std::uint64_t seed, Run& run)
    : Companion(fmt::format("hostile {}", number), true, seed, run) {
  add("unread replies", 10, [this] { leave_replies_unread(); });
  add("unread dumps", 4, [this] { leave_dumps_unread(); });
  add("broken off", 40, [this] { break_off_request(); });
  add("slow upload", 5, [this] { upload_slowly(); });
  add("announced uploads", 2, [this] { announce_much(); });
  add("long line", 5, [this] { send_long_line(); });
  add("garbage", 20, [this] { send_garbage(); });
  add("too many connections", 1, [this] { crowd(); });
  add("HTTP misuse", 5, [this] { misuse_http(); });
}

/// Closes, resets, or lets the server find out.
void Hostile::part(Stream stream) {
  if (random_.chance(0.5)) stream.abort_on_close();
}

/// Far more than the sockets hold, so that the server must keep it, and what it points at.
void Hostile::leave_replies_unread() {
  auto stream = connect_raw();
  std::string requests;
  for (int i = 0; i < 200; ++i)
    requests += fmt::format("get {}\r\n", shared_key(random_.below(run_.shared_keys)));
  for (int i = 0; i < 20; ++i) stream.send_some(requests);
  pause(kLongPause);
  if (random_.chance(0.3) && stream.wait_for_input(std::chrono::milliseconds{10})) stream.bytes(1);
  pause(kLongPause);
  part(std::move(stream));
}

void Hostile::leave_dumps_unread() {
  constexpr auto kDumps = std::to_array<std::string_view>(
      {"lru_crawler metadump all", "lru_crawler mgdump all", "stats cachedump 1 0",
       "stats detail dump", "stats conns", "stats sizes"});
  auto stream = connect_raw();
  const auto dump = fmt::format("{}\r\n", random_.pick(kDumps));
  for (auto times = random_.between(1, 5); times > 0; --times) stream.send_some(dump);
  pause(kLongPause);
  if (random_.chance(0.3) && stream.wait_for_input(std::chrono::milliseconds{10})) stream.bytes(1);
  part(std::move(stream));
}

/// In text, meta or binary: a set whose value says nothing, a get, an administrative command.
std::string Hostile::any_request() {
  const auto key = fmt::format("hostile{}", random_.below(1000));
  const auto value = std::string(random_.log_uniform(1, std::size_t{1} << 20), 'h');
  constexpr auto kAdmin = std::to_array<std::string_view>(
      {"stats\r\n", "stats conns\r\n", "flush_all 100000\r\n", "version\r\n", "mn\r\n", "quit\r\n",
       "watch\r\n", "stats cachedump 1 10\r\n", "ns stats\r\n", "verbosity 1\r\n"});
  switch (random_.below(6)) {
    case 0:
      return fmt::format("set {} 0 0 {}\r\n{}\r\n", key, value.size(), value);
    case 1:
      return fmt::format("ms {} {} T10\r\n{}\r\n", key, value.size(), value);
    case 2:
      return fmt::format("get {} {} {}\r\n", key, shared_key(0), shared_key(1));
    case 3:
      return std::string{random_.pick(kAdmin)};
    case 4:
      return fmt::format("set {} 0 0 {}\r\n{}xx", key, value.size(), value);  // a bad end
    default: {
      std::string request;
      Operation set{.action = Action::set, .key = key, .value = value};
      make_binary()->encode({set}, request);
      return request;
    }
  }
}

/// A part of a request, or of several.
void Hostile::break_off_request() {
  auto stream = connect_raw();
  std::string requests;
  for (auto count = random_.between(1, 5); count > 0; --count) requests += any_request();
  requests.resize(random_.below(requests.size()));
  stream.send_some(requests);
  if (random_.chance(0.5)) pause(20);
  part(std::move(stream));
}

void Hostile::upload_slowly() {
  auto stream = connect_raw();
  constexpr std::size_t kPieces = 20;
  const auto size = random_.log_uniform(kPieces, std::size_t{1} << 20);
  const std::string piece(size / kPieces, 's');
  stream.send(fmt::format("set hostile{} 0 0 {}\r\n", random_.below(1000), piece.size() * kPieces));
  for (std::size_t i = 0; i < kPieces; ++i) {
    if (!goes_on()) return part(std::move(stream));
    stream.send(piece);
    pause(20);
  }
  if (random_.chance(0.5)) return part(std::move(stream));
  stream.send("\r\n");
  stream.line();
}

/// Large values, of which little ever comes.
void Hostile::announce_much() {
  std::vector<Stream> streams;
  for (int i = 0; i < 40 && goes_on(); ++i) {
    streams.push_back(connect_raw());
    streams.back().send_some(fmt::format("set up{} 0 0 1000000\r\nbegin", i));
  }
  pause(kLongPause);
}

void Hostile::send_long_line() {
  auto stream = connect_raw();
  const std::string_view command = random_.chance(0.5) ? "get" : "mg";
  std::string line{command};
  for (auto size = random_.log_uniform(1000, std::size_t{2} << 20); line.size() < size;)
    line += fmt::format(" {}", shared_key(random_.below(run_.shared_keys)));
  stream.send_some(line);
  if (random_.chance(0.5)) stream.send_some("\r\n");
  pause(50);
  part(std::move(stream));
}

void Hostile::send_garbage() {
  auto stream = connect_raw();
  std::string bytes(random_.log_uniform(1, 20'000), '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random_.below(256));
  const auto chance = random_.below(3);
  if (chance == 0) bytes[0] = '\x80';
  if (chance == 1)
    for (auto& byte : bytes) byte = "get set 0 1 9 key\r\n"[random_.below(19)];
  stream.send_some(bytes);
  if (random_.chance(0.5)) pause(10);
  part(std::move(stream));
}

/// More connections than there may be.
void Hostile::crowd() {
  std::vector<Stream> streams;
  for (unsigned i = 0; i < run_.connections + 20 && goes_on(); ++i)
    streams.push_back(connect_raw());
  pause(50);
}

void Hostile::misuse_http() {
  constexpr auto kRequests = std::to_array<std::string_view>(
      {"GET /keys HTTP/1.1\r\nHost: loc", "POST /metrics HTTP/1.1\r\nContent-Length: 100\r\n\r\nx",
       "GET /stats.json HTTP/1.1\r\nHost: localhost\r\n\r\n", "\r\n\r\n\r\n",
       "GET / HTTP/9\r\n\r\n", "GET /keys?limit=-1&cursor=zz HTTP/1.1\r\nHost: localhost\r\n\r\n"});
  Stream stream{place_.http, Stream::Kind::plain, run_.patience};
  for (auto times = random_.between(1, 50); times > 0; --times)
    stream.send_some(random_.pick(kRequests));
  pause(50);
  part(std::move(stream));
}

}  // namespace cocached::stress
