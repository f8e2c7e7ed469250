#include "net/udp/datagram_conversation.hpp"

#include "tests/support/binary_packet.hpp"
#include "tests/support/test_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::net {
namespace {

using protocol::binary::Opcode;
using test::Packet;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kHeader{"\x12\x34\0\0\0\1\0\0"};
using Messages = std::vector<std::string>;

class DatagramConversationTest : public testing::Test {
 protected:
  /// The payloads of the messages that a datagram is answered with, each checked for its frame.
  Messages ask(std::string_view payload) {
    conversation_.received(std::string{kHeader, 8}.append(payload));
    return messages();
  }

  Messages messages() {
    Messages all;
    while (conversation_.next_message()) {
      auto& message = conversation_.message();
      auto& whole = all.emplace_back();
      for (std::size_t sequence = 0; sequence < message.size(); ++sequence)
        whole += payload_of(message.next(), sequence, message.size());
    }
    return all;
  }

  static std::string payload_of(std::span<const asio::const_buffer> datagram, std::size_t sequence,
                                std::size_t total) {
    std::string bytes;
    for (const auto& piece : datagram)
      bytes.append(static_cast<const char*>(piece.data()), piece.size());
    EXPECT_EQ(bytes.substr(0, 8),
              "\x12\x34" + test::big_endian(static_cast<std::uint16_t>(sequence)) +
                  test::big_endian(static_cast<std::uint16_t>(total)) + std::string(2, '\0'));
    return bytes.substr(8);
  }

  void store(const std::string& key, std::size_t size) {
    EXPECT_THAT(ask("set " + key + " 0 0 " + std::to_string(size) + "\r\n" +
                    std::string(size, 'x') + "\r\n"),
                ElementsAre("STORED\r\n"));
  }

  test::TestServer server_;
  base::BlockPool blocks_;
  DatagramConversation conversation_{server_.environment, blocks_, command::Protocols::any};
};

TEST_F(DatagramConversationTest, TextMetaAndBinary) {
  EXPECT_THAT(ask("set a 0 0 1\r\n1\r\n"), ElementsAre("STORED\r\n"));
  EXPECT_THAT(ask("get a\r\n"), ElementsAre("VALUE a 0 1\r\n1\r\nEND\r\n"));
  EXPECT_THAT(ask("mg a v\r\n"), ElementsAre("VA 1\r\n1\r\n"));
  EXPECT_THAT(ask(Packet{.opcode = Opcode::noop, .opaque = 5}.request()),
              ElementsAre(Packet{.opcode = Opcode::noop, .opaque = 5}.reply()));
}

TEST_F(DatagramConversationTest, EachRequestIsAnsweredByItself) {
  EXPECT_THAT(ask("set a 0 0 1\r\n1\r\nget a b\r\nmn\r\n"),
              ElementsAre("STORED\r\n", "VALUE a 0 1\r\n1\r\nEND\r\n", "MN\r\n"));
  const auto noop = Packet{.opcode = Opcode::noop};
  EXPECT_THAT(ask(noop.request() + noop.request()), ElementsAre(noop.reply(), noop.reply()));
}

TEST_F(DatagramConversationTest, ARefusedValueIsNotTakenForARequest) {
  EXPECT_THAT(ask("set a x 0 3\r\nmn\n\r\nmn\r\n"),
              ElementsAre("CLIENT_ERROR bad command line format\r\n", "MN\r\n"));
}

TEST_F(DatagramConversationTest, AQuietRequestHasNoMessage) {
  EXPECT_THAT(ask("set a 0 0 1 noreply\r\n1\r\n"), IsEmpty());
  EXPECT_THAT(ask("mg none v q\r\nmn\r\n"), ElementsAre("MN\r\n"));
  EXPECT_THAT(ask(Packet{.opcode = Opcode::get_quiet, .key = "none"}.request()), IsEmpty());
}

TEST_F(DatagramConversationTest, QuitEndsTheDatagramAlone) {
  EXPECT_THAT(ask("mn\r\nquit\r\nmn\r\n"), ElementsAre("MN\r\n"));
  EXPECT_THAT(ask("mn\r\n"), ElementsAre("MN\r\n"));
  EXPECT_THAT(ask(Packet{.opcode = Opcode::quit}.request()),
              ElementsAre(Packet{.opcode = Opcode::quit}.reply()));
}

TEST_F(DatagramConversationTest, AnIncompleteRequestIsForgotten) {
  const std::string whole = "set a 0 0 5\r\n12345\r\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(ask(std::string_view{whole}.substr(0, size)), IsEmpty()) << size;
    EXPECT_THAT(ask("mn\r\n"), ElementsAre("MN\r\n"));
  }
  EXPECT_THAT(ask("get a\r\n"), ElementsAre("END\r\n"));
  EXPECT_THAT(ask("set a 0 0 100000\r\n" + std::string(60'000, 'x')), IsEmpty());
  EXPECT_THAT(ask("mn\r\n"), ElementsAre("MN\r\n"));
}

TEST_F(DatagramConversationTest, AListOfManyKeysIsAnsweredIfItIsWhole) {
  store("a", 1);
  std::string list = "get a";
  for (int i = 0; i < 4000; ++i) list += " key" + std::to_string(i);
  EXPECT_THAT(ask(list + "\r\nmn\r\n"), ElementsAre("VALUE a 0 1\r\nx\r\nEND\r\n", "MN\r\n"));
  EXPECT_THAT(ask(list), IsEmpty());
}

TEST_F(DatagramConversationTest, TheNextDatagramEndsTheOneBefore) {
  conversation_.received(std::string{kHeader, 8} + "mn\r\nmn\r\nmn\r\n");
  EXPECT_TRUE(conversation_.next_message());
  EXPECT_THAT(ask("get a\r\n"), ElementsAre("END\r\n"));
}

TEST_F(DatagramConversationTest, NoRequestHasNoAnswer) {
  for (std::size_t size = 0; size <= 8; ++size) {
    conversation_.received(std::string_view{kHeader, size});
    EXPECT_THAT(messages(), IsEmpty());
  }
  conversation_.received(std::string{"\x12\x34\0\0\0\2\0\0", 8} + "mn\r\n");
  EXPECT_THAT(messages(), IsEmpty());
}

TEST_F(DatagramConversationTest, RequestsUpToTheLargestDatagram) {
  store("a", 60'000);
  EXPECT_EQ(ask("get a\r\n").front().size(), 60'000 + 24U);
}

TEST_F(DatagramConversationTest, ALargeReplyIsReplacedByAnError) {
  store("a", 60'000);
  EXPECT_THAT(ask("mn\r\nget a a\r\nmn\r\n"),
              ElementsAre("MN\r\n", "SERVER_ERROR reply too large for UDP\r\n"));
  const auto get = [](Opcode opcode) { return Packet{.opcode = opcode, .key = "a", .opaque = 9}; };
  EXPECT_EQ(ask(get(Opcode::get).request()).size(), 1U);
  EXPECT_THAT(ask("mn\r\n"), ElementsAre("MN\r\n"));
}

/// The victim of a forged sender address would get these bytes, the headers of all datagrams
/// included.
TEST_F(DatagramConversationTest, TheWholeAnswerToADatagramIsBounded) {
  store("a", 10'000);
  for (const std::string request : {"get a\r\n", "mn\r\n", "mg a v\r\n", "version\r\n"}) {
    std::string datagram;
    while (datagram.size() + request.size() < 60'000) datagram += request;
    std::size_t bytes = 0;
    for (const auto& message : ask(datagram)) bytes += message.size() + 8;
    EXPECT_LE(bytes, DatagramConversation::kMaxReply) << request;
    EXPECT_GE(bytes, DatagramConversation::kMaxReply * 9 / 10 - 10'000) << request;
    EXPECT_THAT(ask("mn\r\n"), ElementsAre("MN\r\n"));
  }
}

TEST_F(DatagramConversationTest, ARequestOfNoKnownCommandEndsTheDatagramWithoutAnAnswer) {
  for (const auto* line : {"bogus\r\n", "ERROR\r\n", "END\r\n", "5\r\n", "\r\n", "VALUE a 0 4\r\n",
                           "CLIENT_ERROR bad command line format\r\n", "GET / HTTP/1.1\r\n"})
    EXPECT_THAT(ask(std::string{"mn\r\n"} + line + "mn\r\n"), ElementsAre("MN\r\n")) << line;
  EXPECT_THAT(ask(std::string(5'000, 'x')), IsEmpty());
  const auto unknown = Packet{.opcode = static_cast<Opcode>(0x7f)};
  EXPECT_THAT(ask(unknown.request() + Packet{.opcode = Opcode::noop}.request()), IsEmpty());
}

/// A message of one server reaches another as a request, since somebody has forged the sender.
TEST_F(DatagramConversationTest, TwoServersDoNotTalkToEachOtherForEver) {
  const std::string bait = "\r\nget a\r\nmg a v\r\n";
  EXPECT_THAT(ask("set a 0 0 " + std::to_string(bait.size()) + "\r\n" + bait + "\r\n"),
              ElementsAre("STORED\r\n"));
  EXPECT_THAT(ask("set n 0 0 1\r\n1\r\n"), ElementsAre("STORED\r\n"));
  const std::vector<std::string> starts{"get a\r\n",
                                        "gets a a\r\n",
                                        "mg a v k\r\n",
                                        "me a\r\n",
                                        "incr n 1\r\n",
                                        "stats\r\n",
                                        "get\r\n",
                                        "version\r\n",
                                        "mn\r\n",
                                        "stats cachedump 1 0\r\n",
                                        "lru_crawler mgdump all\r\n",
                                        "set b 0 0 1\r\n22\r\n",
                                        "bogus\r\n",
                                        "watch\r\n",
                                        Packet{.opcode = Opcode::get, .key = "a"}.request(),
                                        Packet{.opcode = Opcode::get, .key = "none"}.request(),
                                        Packet{.opcode = static_cast<Opcode>(0x7f)}.request()};
  for (const auto protocols :
       {command::Protocols::any, command::Protocols::text, command::Protocols::binary}) {
    DatagramConversation other{server_.environment, blocks_, protocols};
    for (const auto& start : starts)
      for (const auto& reply : ask(start)) {
        other.received(std::string{kHeader, 8} + reply);
        EXPECT_FALSE(other.next_message()) << reply;
      }
  }
}

/// More pieces than one batch holds, in a reply that is not too long.
TEST_F(DatagramConversationTest, ManyKeysFitOneMessage) {
  store("a", 2'500);
  std::string keys;
  for (int i = 0; i < 25; ++i) keys += " a";
  const auto all = ask("get" + keys + "\r\n");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all.front().size(), 25 * (2'500 + std::string{"VALUE a 0 2500\r\n\r\n"}.size()) + 5);
}

TEST_F(DatagramConversationTest, ABatchWithoutEndIsCutShort) {
  store("a", 2'000);
  std::string keys;
  for (int i = 0; i < 20'000; ++i) keys += " a";
  EXPECT_THAT(ask("get" + keys + "\r\nmn\r\n").front(), "SERVER_ERROR reply too large for UDP\r\n");
}

TEST_F(DatagramConversationTest, NothingIsHeldWhenAllIsSaid) {
  store("a", 60'000);
  ask("get a\r\nmn\r\n");
  EXPECT_EQ(blocks_.used(), 0U);
  EXPECT_EQ(server_.store.stats().pinned_bytes, 0U);
}

/// It goes on when there is memory again.
TEST_F(DatagramConversationTest, WithoutMemoryADatagramIsLost) {
  base::MemoryLedger ledger{base::BlockPool::kBlockSize};
  base::BlockPool one_block{ledger};
  DatagramConversation conversation{server_.environment, one_block, command::Protocols::any};
  auto taken = std::optional{one_block.take()};
  conversation.received(std::string{kHeader, 8} + "mn\r\n");
  EXPECT_FALSE(conversation.next_message());
  taken.reset();
  conversation.received(std::string{kHeader, 8} + "mn\r\n");  // a block to read, none to answer
  EXPECT_FALSE(conversation.next_message());
  EXPECT_EQ(one_block.used(), 0U);
  EXPECT_EQ(server_.count(command::Count::no_buffers), 2U);
}

/// The fault: only what the ledger refused was counted.
TEST_F(DatagramConversationTest, ARequestWithoutAnAnswerForWantOfMemoryIsCounted) {
  server_.view.out_of_memory = true;
  EXPECT_THAT(ask("stats settings\r\n"), IsEmpty());
  EXPECT_EQ(server_.count(command::Count::no_buffers), 1U);
  server_.view.out_of_memory = false;
  EXPECT_THAT(ask("mn\r\n"), ElementsAre("MN\r\n"));
}

}  // namespace
}  // namespace cocached::net
