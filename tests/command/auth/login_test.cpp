#include "command/auth/login.hpp"

#include "protocol/binary/binary_format.hpp"
#include "protocol/limits.hpp"
#include "tests/support/binary_packet.hpp"
#include "tests/support/conversation.hpp"
#include "tests/support/fake_gatekeeper.hpp"

#include <gtest/gtest.h>

namespace cocached::command {
namespace {

using protocol::binary::Opcode;
using test::Client;
using test::converse;
using test::Ending;
using test::Packet;
using test::TestServer;

test::FakeGatekeeper gatekeeper;

test::Setup guarded(Protocols protocols = Protocols::any) {
  test::Setup setup;
  setup.gatekeeper = &gatekeeper;
  setup.protocols = protocols;
  return setup;
}

constexpr const char* kRight = "set x 0 0 10\r\nann secret\r\n";
constexpr const char* kWrong = "set x 0 0 9\r\nann guess\r\n";
constexpr const char* kUnknown = "CLIENT_ERROR unauthenticated\r\n";
constexpr const char* kFailure = "CLIENT_ERROR authentication failure\r\n";

std::string plain(const std::string& user, const std::string& password) {
  return std::string(1, '\0') + user + std::string(1, '\0') + password;
}
std::string sasl(Opcode opcode, const std::string& data, const std::string& mechanism = "PLAIN") {
  return Packet{.opcode = opcode, .key = mechanism, .value = data, .opaque = 7}.request();
}
std::string reply(Opcode opcode, std::uint16_t status, const std::string& value) {
  return Packet{.opcode = opcode, .value = value, .opaque = 7, .status = status}.reply();
}
std::string request(Opcode opcode, const std::string& key = "") {
  return Packet{.opcode = opcode, .key = key, .opaque = 7}.request();
}
const std::string kIn = reply(Opcode::sasl_auth, 0, "Authenticated");
const std::string kOut = reply(Opcode::sasl_auth, protocol::binary::kAuthError, "Auth failure.");

TEST(LoginTest, ATextClientSetsItsPassword) {
  converse({{"get a\r\n", kUnknown},
            {kRight, "STORED\r\n"},
            {"get x\r\n", "END\r\n"},
            {"set a 0 0 1\r\n1\r\n", "STORED\r\n"},
            {"mg a v\r\n", "VA 1\r\n1\r\n"},
            {kWrong, "STORED\r\n"}},
           guarded());
}

TEST(LoginTest, NothingIsExecutedBefore) {
  for (const auto* command :
       {"get a b c\r\n", "version\r\n", "flush_all noreply\r\n", "stats settings\r\n",
        "shutdown\r\n", "mg a v\r\n", "ms a 1\r\n1\r\n", "quit quit\r\n", "GET / HTTP/1.1\r\n",
        "add x 0 0 10\r\nann secret\r\n", "set x 0 0\r\n", "set x 0 0 ten\r\n", "set x 0 0 -1\r\n",
        "setx a 0 0 10\r\n", "lru_crawler metadump all\r\n"})
    converse({{command, kUnknown}, {kRight, "STORED\r\n"}}, guarded());
}

TEST(LoginTest, FailuresAreAnsweredAndMayBeFollowedByMore) {
  converse({{kWrong, kFailure},
            {"get a\r\n", kUnknown},
            {kWrong, kFailure},
            {kRight, "STORED\r\n"},
            {"mn\r\n", "MN\r\n"}},
           guarded());
}

TEST(LoginTest, TokensThatAreNone) {
  converse({{"set x 0 0 10\r\nann_secret\r\n", "CLIENT_ERROR bad authentication token format\r\n"},
            {"set x 0 0 0\r\n\r\n", "CLIENT_ERROR bad authentication token format\r\n"},
            {"set x 0 0 10\r\nann secretxx", "CLIENT_ERROR bad command line termination\r\n"},
            {"set x 0 0 16385\r\n" + std::string(16385, 'x') + "\r\n",
             "CLIENT_ERROR auth token too long\r\n"},
            {"set x 0 0 4294967296\r\n", kUnknown},
            {kRight, "STORED\r\n"}},
           guarded());
}

/// A value is no request: it gets no error of its own, whatever lines are in it.
TEST(LoginTest, ARequestWithAValueIsRefusedOnce) {
  const std::string lines = "get abc\r\nget abc\r\n";  // 18 bytes
  converse({{"add a 0 0 18\r\n" + lines + "\r\n", kUnknown},
            {"cas a 0 0 18 1\r\n" + lines + "\r\n", kUnknown},
            {"ms a 18 T0\r\n" + lines + "\r\n", kUnknown},
            {"replace a x 0 18\r\n" + lines + "\r\n", kUnknown},
            {"get abc\r\n", kUnknown},
            {kRight, "STORED\r\n"}},
           guarded());
}

TEST(LoginTest, TheLongestToken) {
  const std::string user(16384 - 7, 'u');
  converse({{"set x 0 0 16384\r\n" + user + " secret\r\n", "STORED\r\n"}, {"mn\r\n", "MN\r\n"}},
           guarded());
}

TEST(LoginTest, APasswordMayHaveBlanks) {
  converse({{"set x 0 0 11\r\nann  secret\r\n", kFailure}}, guarded());
}

TEST(LoginTest, LinesTooShortOrTooLongEndIt) {
  converse({{"mn\r\n", ""}}, guarded(), Ending::hangs_up);
  converse({{"abcde\n", ""}}, guarded(), Ending::hangs_up);
  converse({{"abcdef\n", kUnknown}}, guarded());
  converse({{std::string(protocol::kMaxLine, 'x'), ""}}, guarded(), Ending::hangs_up);
  for (const std::size_t size : {2040U, 5000U, 16'382U})
    converse({{std::string(size, 'x') + "\r\n", kUnknown}}, guarded());
}

TEST(LoginTest, ClientsBeforeTheLoginTakeTurnsToo) {
  TestServer server{guarded()};
  Client client{server};
  std::string lines;
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    lines += "get abc\r\n";
    expected += kUnknown;
  }
  EXPECT_EQ(client.send(lines), expected);
  EXPECT_EQ(client.yields(), 4U);
}

TEST(LoginTest, ABinaryClientSaysPlain) {
  converse({{request(Opcode::sasl_list), reply(Opcode::sasl_list, 0, "PLAIN")},
            {request(Opcode::version), reply(Opcode::version, 0, "1.6.45")},
            {sasl(Opcode::sasl_auth, plain("ann", "guess")), kOut},
            {sasl(Opcode::sasl_auth, plain("ann", "secret")), kIn},
            {request(Opcode::noop), reply(Opcode::noop, 0, "")}},
           guarded());
}

TEST(LoginTest, ABinaryClientIsSentAwayForAnythingElse) {
  for (const auto opcode : {Opcode::noop, Opcode::stat, Opcode::flush, Opcode::quit})
    converse({{request(opcode), reply(opcode, protocol::binary::kAuthError, "Auth failure.")},
              {request(Opcode::noop), ""}},
             guarded(), Ending::hangs_up);
  converse({{request(Opcode::get, "a"),
             reply(Opcode::get, protocol::binary::kAuthError, "Auth failure.")}},
           guarded(), Ending::hangs_up);
}

TEST(LoginTest, PlainInTwoSteps) {
  converse({{sasl(Opcode::sasl_auth, ""), reply(Opcode::sasl_auth, 0x21, "")},
            {sasl(Opcode::sasl_step, plain("ann", "secret")),
             reply(Opcode::sasl_step, 0, "Authenticated")},
            {request(Opcode::noop), reply(Opcode::noop, 0, "")}},
           guarded());
  converse({{sasl(Opcode::sasl_step, plain("ann", "secret")),
             reply(Opcode::sasl_step, protocol::binary::kAuthError, "Auth failure.")}},
           guarded());
}

TEST(LoginTest, OtherMechanismsAndMessagesThatAreNone) {
  converse({{sasl(Opcode::sasl_auth, plain("ann", "secret"), "CRAM-MD5"), kOut},
            {sasl(Opcode::sasl_auth, "ann secret"), kOut},
            {sasl(Opcode::sasl_auth, std::string("\0ann", 4)), kOut},
            {sasl(Opcode::sasl_auth, "bob" + plain("ann", "secret")), kOut},
            {sasl(Opcode::sasl_auth, "ann" + plain("ann", "secret")), kIn}},
           guarded());
}

TEST(LoginTest, AMessageTooLongEndsIt) {
  auto packet = sasl(Opcode::sasl_auth, std::string(16385, 'x'));
  packet.resize(100);
  converse({{packet, reply(Opcode::sasl_auth, protocol::binary::kInvalid, "Invalid arguments")}},
           guarded(), Ending::hangs_up);
}

/// As in memcached, whoever begins again is unknown until it has succeeded.
TEST(LoginTest, ABinaryClientMayLogInAgain) {
  converse(
      {{sasl(Opcode::sasl_auth, plain("ann", "secret")), kIn},
       {sasl(Opcode::sasl_auth, plain("ann", "guess")), kOut},
       {request(Opcode::noop), reply(Opcode::noop, protocol::binary::kAuthError, "Auth failure.")}},
      guarded(), Ending::hangs_up);
}

TEST(LoginTest, WhereEverybodyMayComeInThereIsNoSasl) {
  converse({{sasl(Opcode::sasl_auth, plain("ann", "secret")),
             reply(Opcode::sasl_auth, protocol::binary::kUnknownCommand, "Unknown command")},
            {request(Opcode::sasl_list),
             reply(Opcode::sasl_list, protocol::binary::kUnknownCommand, "Unknown command")},
            {request(Opcode::noop), reply(Opcode::noop, 0, "")}});
}

TEST(LoginTest, TheListenersProtocolHolds) {
  converse({{kRight, "STORED\r\n"}}, guarded(Protocols::text));
  converse({{"\x80"
             "abcdefgh\r\n",
             kUnknown}},
           guarded(Protocols::text));
  converse({{sasl(Opcode::sasl_auth, plain("ann", "secret")), kIn}}, guarded(Protocols::binary));
}

TEST(LoginTest, AttemptsAndFailuresAreCounted) {
  TestServer server{guarded()};
  Client client{server};
  client.send(std::string{"get a\r\n"} + kWrong + kWrong + kRight);
  EXPECT_EQ(server.count(Count::auth), 3U);
  EXPECT_EQ(server.count(Count::auth_error), 2U);
}

TEST(LoginTest, ThePenaltyGrowsUpToABound) {
  command::Counters counters;
  base::BlockPool pool;
  Batch batch{pool};
  Login login{protocol::Dialect::text, counters};
  auto before = login.penalty();
  EXPECT_GT(before, std::chrono::milliseconds{0});
  login.decide(false, batch);
  EXPECT_GT(login.penalty(), before);
  for (int i = 0; i < 100; ++i) login.decide(false, batch);
  EXPECT_LE(login.penalty(), std::chrono::seconds{2});
}

}  // namespace
}  // namespace cocached::command
