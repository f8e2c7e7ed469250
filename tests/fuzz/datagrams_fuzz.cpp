// A server's side of conversations in datagrams, the real store included.

#include "net/udp/datagram_conversation.hpp"
#include "tests/fuzz/fuzzing.hpp"
#include "tests/support/test_server.hpp"

#include <algorithm>
#include <string_view>

using namespace cocached;
using fuzz::demand;
using net::DatagramConversation;

namespace {

/// Takes the next datagram off the input: its length in two bytes, then as much as there is.
std::string_view next_datagram(std::string_view& input) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(input[i]));
  };
  const auto size = std::min(byte(0) << 8 | byte(1), input.size() - 2);
  const auto datagram = input.substr(2, size);
  input.remove_prefix(2 + size);
  return datagram;
}

/// All messages together are bounded, and every datagram of them echoes the request's id.
void answer(DatagramConversation& conversation, std::string_view datagram) {
  conversation.received(datagram);
  std::size_t sent = 0;
  while (conversation.next_message()) {
    auto& message = conversation.message();
    demand(message.size() > 0, "a message says something");
    for (std::size_t i = 0; i < message.size(); ++i) {
      const auto pieces = message.next();
      demand(pieces.front().size() == protocol::udp::kHeaderSize, "a header stands first");
      const auto* header = static_cast<const char*>(pieces.front().data());
      demand(std::string_view(header, 2) == datagram.substr(0, 2), "the id is echoed");
      sent += boost::asio::buffer_size(pieces);
    }
    demand(sent <= DatagramConversation::kMaxReply, "an answer is bounded");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test::TestServer server{{.policy = {.shutdown_allowed = true}}};
  base::BlockPool blocks;
  {
    DatagramConversation conversation{server.environment, blocks, command::Protocols::any};
    for (auto input = fuzz::text_of(data, size); input.size() > 2;)
      answer(conversation, next_datagram(input));
    demand(blocks.used() == 0, "between two datagrams nothing is held");
    demand(server.store.stats().pinned_bytes == 0, "nor of the store");
  }
  return 0;
}
