#include "protocol/udp/udp_frame.hpp"

#include <string>

#include <gtest/gtest.h>

namespace cocached::protocol::udp {
namespace {

namespace asio = boost::asio;

std::string header(unsigned id, unsigned sequence, unsigned total, unsigned reserved = 0) {
  std::string bytes;
  for (const auto number : {id, sequence, total, reserved}) {
    bytes += static_cast<char>(number >> 8);
    bytes += static_cast<char>(number & 0xff);
  }
  return bytes;
}

std::string joined(std::span<const asio::const_buffer> pieces) {
  std::string bytes;
  for (const auto& piece : pieces)
    bytes.append(static_cast<const char*>(piece.data()), piece.size());
  return bytes;
}

TEST(UdpRequestTest, IsOneDatagram) {
  const auto datagram = header(0x1234, 0, 1) + "get a\r\n";
  const auto request = parse_request(datagram);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->id, 0x1234);
  EXPECT_EQ(request->payload, "get a\r\n");
}

/// As memcached has it: the sequence number and what is reserved are not looked at.
TEST(UdpRequestTest, OnlyTheTotalDecides) {
  EXPECT_TRUE(parse_request(header(1, 7, 1, 9) + "x"));
  for (const unsigned total : {0U, 2U, 3U, 256U, 257U, 65535U})
    EXPECT_FALSE(parse_request(header(1, 0, total) + "x")) << total;
}

TEST(UdpRequestTest, CutAtEveryByteThereIsNoneWithoutAPayload) {
  const auto datagram = header(0xffff, 0, 1) + "get a\r\n";
  for (std::size_t size = 0; size <= datagram.size(); ++size) {
    const auto request = parse_request(std::string_view{datagram}.substr(0, size));
    ASSERT_EQ(request.has_value(), size > kHeaderSize) << size;
    const auto payload = request ? request->payload : std::string_view{};
    EXPECT_EQ(payload, std::string_view{datagram}.substr(std::min(kHeaderSize, size),
                                                         size - std::min(kHeaderSize, size)));
  }
}

/// Returns the whole datagrams of `text`, which is cut into pieces of this size first.
std::vector<std::string> datagrams_of(const std::string& text, std::size_t piece_size) {
  std::vector<asio::const_buffer> pieces;
  for (std::size_t at = 0; at < text.size(); at += piece_size)
    pieces.emplace_back(text.data() + at, std::min(piece_size, text.size() - at));
  UdpReply message{0xabcd, pieces};
  std::vector<std::string> all;
  for (auto next = message.next(); !next.empty(); next = message.next())
    all.push_back(joined(next));
  EXPECT_EQ(all.size(), message.size());
  EXPECT_TRUE(message.next().empty());
  return all;
}

std::string text_of(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
  return text;
}

TEST(UdpMessageTest, NothingMakesNoDatagram) {
  EXPECT_TRUE(datagrams_of("", 1).empty());
}

TEST(UdpMessageTest, SizesAroundEveryEdgeInPiecesOfEverySize) {
  for (const std::size_t size :
       {std::size_t{1}, kMaxPayload - 1, kMaxPayload, kMaxPayload + 1, 2 * kMaxPayload - 1,
        2 * kMaxPayload, 2 * kMaxPayload + 1, 5 * kMaxPayload + 7})
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, kMaxPayload - 1, kMaxPayload,
                                    kMaxPayload + 1, 10 * kMaxPayload}) {
      const auto text = text_of(size);
      const auto all = datagrams_of(text, piece);
      ASSERT_EQ(all.size(), (size + kMaxPayload - 1) / kMaxPayload);
      std::string payload;
      for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_LE(all[i].size(), kMaxDatagram);
        EXPECT_EQ(all[i].substr(0, kHeaderSize),
                  header(0xabcd, static_cast<unsigned>(i), static_cast<unsigned>(all.size())));
        payload += all[i].substr(kHeaderSize);
      }
      EXPECT_EQ(payload, text) << size << " in pieces of " << piece;
    }
}

TEST(UdpMessageTest, ALongOneCountsInTwoBytes) {
  const auto all = datagrams_of(text_of(300 * kMaxPayload), kMaxMessage);
  ASSERT_EQ(all.size(), 300U);
  EXPECT_EQ(all[256].substr(0, kHeaderSize), header(0xabcd, 256, 300));
}

}  // namespace
}  // namespace cocached::protocol::udp
