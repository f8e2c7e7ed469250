// Dumps of arbitrary keys: each line is one line, gives one key back, and all of them give all; and
// what mgdump writes, sent to the server, reads the item.

#include "protocol/base64.hpp"
#include "protocol/percent_encoding.hpp"
#include "tests/fuzz/fuzzing.hpp"
#include "tests/fuzz/percent_decoder.hpp"
#include "tests/support/conversation.hpp"

#include <fuzzer/FuzzedDataProvider.h>
#include <set>

using namespace cocached;
using fuzz::demand;

namespace {

using Keys = std::set<std::string>;

constexpr std::size_t kMostKeys = 30;

/// The part of `line` between `before` and the next space or its end; empty: it starts otherwise.
std::string word_after(std::string_view line, std::string_view before) {
  if (!line.starts_with(before)) return {};
  line.remove_prefix(before.size());
  return std::string{line.substr(0, line.find(' '))};
}

/// Calls `take` for each line of a reply, without its end.
template <class Take>
void for_each_line(std::string_view reply, Take take) {
  while (!reply.empty()) {
    const auto end = reply.find('\n');
    demand(end != reply.npos, "a reply ends with a line end");
    auto line = reply.substr(0, end);
    reply.remove_prefix(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    for (const char byte : line)
      demand(static_cast<unsigned char>(byte) >= ' ' && byte != '\x7f', "no byte steers");
    take(line);
  }
}

/// The keys that stand behind `before` in the lines of a reply.
Keys percent_encoded_keys(std::string_view reply, std::string_view before) {
  Keys keys;
  for_each_line(reply, [&](std::string_view line) {
    const auto word = word_after(line, before);
    if (word.empty()) return;
    const auto key = fuzz::percent_decoded(word);
    demand(key.has_value() && keys.insert(*key).second, "each line gives one key back, once");
  });
  return keys;
}

/// The same of mgdump, whose lines are requests.
Keys keys_of_requests(std::string_view reply, test::Client& client) {
  Keys keys;
  for_each_line(reply, [&](std::string_view line) {
    const auto word = word_after(line, "mg ");
    if (word.empty()) return;
    const auto decoded = protocol::DecodedKey::decode(word);
    const bool in_base64 = line.ends_with(" b") && decoded;
    demand(in_base64 || line.size() == 3 + word.size(), "a request is a key, or base64 and b");
    demand(keys.insert(in_base64 ? std::string{decoded->bytes()} : word).second, "once");
    const auto found = client.send(std::string{line} + " v k\r\n");
    const auto shown = "VA 5 k" + word + (in_base64 ? " b" : "") + "\r\nvalue\r\n";
    demand(found == shown, "a request of a dump reads its item");
  });
  return keys;
}

Keys arbitrary_keys(FuzzedDataProvider& choices) {
  Keys keys;
  while (choices.remaining_bytes() > 0 && keys.size() < kMostKeys) {
    auto key = choices.ConsumeRandomLengthString(protocol::kMaxKeySize);
    if (!key.empty()) keys.insert(std::move(key));
  }
  return keys;
}

/// Returns the names of the keys' namespaces.
Keys names_of(const Keys& keys) {
  Keys names;
  for (const auto& key : keys)
    if (const auto end = key.find(':'); end != key.npos && end > 0)
      names.insert(key.substr(0, end));
  return names;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider choices{data, size};
  const auto keys = arbitrary_keys(choices);
  test::Setup setup;
  setup.prefix_stats = true;
  test::TestServer server{setup};
  for (const auto& key : keys) {
    server.store.write(store::Key{key}, server.clock.now(), {}, "value");
    server.store.read(store::Key{key}, server.clock.now(), {.tally = true},
                      [](const store::Hit&) {});
  }
  test::Client client{server};
  const auto ask = [&](std::string_view request) { return client.send(request); };
  demand(keys_of_requests(ask("lru_crawler mgdump all\r\n"), client) == keys, "mgdump: all keys");
  demand(percent_encoded_keys(ask("lru_crawler metadump all\r\n"), "key=") == keys,
         "metadump: all keys");
  demand(percent_encoded_keys(ask("stats cachedump 1 0\r\n"), "ITEM ") == keys,
         "cachedump: all keys");
  demand(percent_encoded_keys(ask("stats detail dump\r\n"), "PREFIX ") == names_of(keys),
         "detail dump: all names");
  for_each_line(ask("ns stats\r\n"), [](std::string_view line) {
    demand(line == "END" || line.starts_with("STAT "), "a name is part of its line");
  });
  return 0;
}
