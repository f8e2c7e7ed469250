// Datagrams as they come, and replies cut into datagrams.

#include "protocol/udp/udp_frame.hpp"
#include "tests/fuzz/fuzzing.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace cocached;
using fuzz::demand;
namespace asio = boost::asio;
namespace udp = protocol::udp;

namespace {

std::string joined(std::span<const asio::const_buffer> pieces) {
  std::string bytes;
  for (const auto& piece : pieces)
    bytes.append(static_cast<const char*>(piece.data()), piece.size());
  return bytes;
}

/// The text as pieces whose sizes it says itself.
std::vector<asio::const_buffer> pieces_of(std::string_view text) {
  constexpr std::size_t kMaxPieces = 60;
  std::vector<asio::const_buffer> pieces;
  while (!text.empty() && pieces.size() < kMaxPieces) {
    const auto size = std::min<std::size_t>(
        1 + 16 * static_cast<std::size_t>(static_cast<unsigned char>(text.front())), text.size());
    pieces.emplace_back(text.data(), size);
    text.remove_prefix(size);
  }
  pieces.emplace_back(text.data(), text.size());
  return pieces;
}

/// Each datagram of a message, put together again, is what was to be said; and whoever takes one
/// for a request takes it for what it is.
void check_message(std::uint16_t id, std::string_view text) {
  const auto pieces = pieces_of(text);
  udp::UdpReply message{id, pieces};
  demand(message.size() == (text.size() + udp::kMaxPayload - 1) / udp::kMaxPayload, "no empty one");
  std::string said;
  for (std::size_t i = 0; i < message.size(); ++i) {
    const auto datagram = joined(message.next());
    demand(datagram.size() > udp::kHeaderSize && datagram.size() <= udp::kMaxDatagram, "a size");
    const auto request = udp::parse_request(datagram);
    demand(request.has_value() == (message.size() == 1), "only one of one is a request");
    if (request) demand(request->id == id, "the id is echoed");
    said += datagram.substr(udp::kHeaderSize);
  }
  demand(message.next().empty(), "it ends");
  demand(said == text, "nothing is lost");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto datagram = fuzz::text_of(data, size);
  const auto request = udp::parse_request(datagram);
  demand(!request || size > udp::kHeaderSize, "a request has a payload");
  if (!request) return 0;
  demand(request->payload == datagram.substr(udp::kHeaderSize), "all the rest is payload");
  demand(fuzz::views(request->payload, datagram), "it is of the datagram");
  check_message(request->id, request->payload);
  return 0;
}
