#include "command/watch/request_log.hpp"

#include "base/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::command {
namespace {

using namespace std::string_view_literals;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

constexpr auto kGetPacket = "\x80\0\0\3\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0key"sv;

class RequestLogTest : public testing::Test {
 protected:
  RequestLogTest() { base::set_log_verbosity(2); }
  ~RequestLogTest() override {
    base::set_log_verbosity(0);
    base::set_log_options({});
  }

  static void redact() { base::set_log_options({.redact_keys = true}); }

  static std::string request(std::string_view unread) {
    testing::internal::CaptureStderr();
    log_request(7, unread);
    return testing::internal::GetCapturedStderr();
  }
  static std::string replies(std::string_view first) {
    testing::internal::CaptureStderr();
    log_replies(7, first, 1000);
    return testing::internal::GetCapturedStderr();
  }
};

TEST_F(RequestLogTest, ShowsTheLineAndNoValue) {
  EXPECT_THAT(request("set key 0 0 6\r\nsecret\r\n"), EndsWith(" <7 set key 0 0 6\n"));
  EXPECT_THAT(request("get key"), EndsWith(" <7 get key\n"));
  EXPECT_THAT(request(kGetPacket), EndsWith(" <7 opcode 0x00 key\n"));
}

TEST_F(RequestLogTest, ShowsHowRepliesBegin) {
  EXPECT_THAT(replies("VALUE key 0 6\r\nsecret\r\n"), EndsWith(" >7 VALUE key 0 6, 1000 bytes\n"));
  const auto missing = "\x81\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"sv;
  EXPECT_THAT(replies(missing), EndsWith(" >7 opcode 0x00 status 0x01, 1000 bytes\n"));
}

TEST_F(RequestLogTest, NothingThatAClientSendsCanFakeALine) {
  EXPECT_THAT(request("get a\x1b[31m\r2\\\r\n"), EndsWith(" <7 get a\\x1b[31m\\x0d2\\x5c\n"));
  EXPECT_LT(request(std::string(100'000, 'x')).size(), 1000U);
}

TEST_F(RequestLogTest, KeysCanBeRedacted) {
  redact();
  constexpr auto kKey = "<key [0-9a-f]{16}>";
  const auto line = [&](std::string before, std::string after) {
    return MatchesRegex(".* <7 " + before + " " + kKey + after + "\n");
  };
  EXPECT_THAT(request("set key 1 2 6\r\nsecret\r\n"), line("set", " 1 2 6"));
  EXPECT_THAT(request("mg key v t\r\n"), line("mg", " v t"));
  EXPECT_THAT(request("get key1 key2\r\n"), line("get", std::string{" "} + kKey));
  EXPECT_THAT(request(kGetPacket), line("opcode 0x00", ""));
  EXPECT_THAT(request("secret\r\n"), EndsWith(" <7 (6 bytes)\n"));
  EXPECT_THAT(replies("VALUE key 0 6\r\n"), EndsWith(" >7 VALUE, 1000 bytes\n"));
}

TEST_F(RequestLogTest, ARedactedKeyIsTheSameEachTimeAndAnotherForOthers) {
  redact();
  const auto number = [](const std::string& text) { return text.substr(text.find("<key")); };
  EXPECT_EQ(number(request("get key\r\n")), number(request("get key\r\n")));
  EXPECT_NE(number(request("get key\r\n")), number(request("get kez\r\n")));
  EXPECT_THAT(request("get key\r\n"), AllOf(HasSubstr("get"), Not(HasSubstr("get key"))));
}

}  // namespace
}  // namespace cocached::command
