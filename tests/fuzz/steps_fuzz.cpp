// A session stays in step: after any line or packet, and the value it announces, a well-formed
// request is answered, unless the client was sent away. What a request announces is read here once
// more, in the simplest way.

#include "tests/fuzz/fuzzing.hpp"
#include "tests/support/binary_packet.hpp"
#include "tests/support/conversation.hpp"

#include <array>
#include <charconv>
#include <fuzzer/FuzzedDataProvider.h>
#include <optional>
#include <sstream>

using namespace cocached;
using fuzz::demand;
using test::Client;

namespace {

constexpr std::size_t kLargest = 20'000;  ///< bytes of the values sent here

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::istringstream from{line};
  for (std::string word; std::getline(from, word, ' ');)
    if (!word.empty()) words.push_back(word);
  return words;
}

std::optional<std::size_t> length_of(const std::string& word) {
  std::int64_t length = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), length);
  const bool usable = error == std::errc{} && end == word.data() + word.size() && length >= 0;
  return usable && length <= 2147483645 ? std::optional{static_cast<std::size_t>(length)}
                                        : std::nullopt;
}

/// The bytes of the value that a line announces, without the line end behind it; nothing: it
/// announces none.
std::optional<std::size_t> announced(const std::string& line) {
  constexpr std::array<std::string_view, 6> kStores{"set",     "add",    "replace",
                                                    "prepend", "append", "cas"};
  if (line.starts_with(' ')) return std::nullopt;
  const auto words = words_of(line);
  if (words.empty()) return std::nullopt;
  if (words[0] == "ms" && words.size() >= 3) return length_of(words[2]);
  const bool stores = std::ranges::find(kStores, words[0]) != kStores.end();
  return stores && words.size() >= 5 ? length_of(words[4]) : std::nullopt;
}

bool may_send_away(const std::string& line) {
  const auto words = words_of(line);
  return !words.empty() && (words[0] == "quit" || words.back().starts_with("HTTP/"));
}

void speak_text(Client& client, FuzzedDataProvider& choices) {
  auto line = choices.ConsumeRandomLengthString(3000);
  std::erase(line, '\n');
  if (line.ends_with('\r')) line.pop_back();
  const auto length = announced(line);
  if (length.value_or(0) > kLargest) return;

  auto says = line + (choices.ConsumeBool() ? "\r\n" : "\n");
  if (length) says += std::string(*length, 'x') + (choices.ConsumeBool() ? "\r\n" : "xy");
  const auto replies = client.send(says) + client.send("mn\r\n");
  if (client.closed()) return demand(may_send_away(line), "nobody is sent away for no reason");
  demand(replies.ends_with("MN\r\n"), "the next line is answered");
}

void speak_binary(Client& client, FuzzedDataProvider& choices) {
  using protocol::binary::Opcode;
  test::Packet packet{.opcode = static_cast<Opcode>(choices.ConsumeIntegral<std::uint8_t>())};
  packet.opaque = choices.ConsumeIntegral<std::uint32_t>();
  packet.cas = choices.ConsumeIntegralInRange<std::uint64_t>(0, 20);
  packet.extras = choices.ConsumeBytesAsString(choices.ConsumeIntegralInRange<std::size_t>(0, 24));
  packet.key = choices.ConsumeRandomLengthString(260);
  packet.value = choices.ConsumeRandomLengthString(3000);
  const test::Packet noop{.opcode = Opcode::noop, .opaque = 0xcafe};
  const auto replies = client.send(packet.request()) + client.send(noop.request());
  const bool quits = packet.opcode == Opcode::quit || packet.opcode == Opcode::quit_quiet;
  const auto refusal = test::big_endian(protocol::binary::kInvalid);
  if (client.closed())
    return demand(quits || replies.substr(6, 2) == refusal, "nobody is sent away for no reason");
  demand(replies.ends_with(noop.reply()), "the next packet is answered");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider choices{data, size};
  const bool text = choices.ConsumeBool();
  test::Setup setup;
  setup.policy.max_value_size = kLargest / 2;
  setup.protocols = text ? command::Protocols::text : command::Protocols::binary;
  test::TestServer server{setup};
  Client client{server};
  const auto speak = text ? speak_text : speak_binary;
  while (choices.remaining_bytes() > 0 && !client.closed()) speak(client, choices);
  return 0;
}
