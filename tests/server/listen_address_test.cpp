#include "server/listen_address.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace cocached::server {
namespace {

struct Case {
  const char* text;
  const char* host;
  std::uint16_t port;
};

class ReadableAddress : public ::testing::TestWithParam<Case> {};

TEST_P(ReadableAddress, IsTakenApart) {
  const auto address = parse_listen_address(GetParam().text, 11211);
  EXPECT_EQ(address.host, GetParam().host);
  EXPECT_EQ(address.port, GetParam().port);
}

INSTANTIATE_TEST_SUITE_P(ListenAddress, ReadableAddress,
                         ::testing::Values(Case{"127.0.0.1", "127.0.0.1", 11211},
                                           Case{"127.0.0.1:0", "127.0.0.1", 0},
                                           Case{"cache.example:5", "cache.example", 5},
                                           Case{"*", "", 11211}, Case{"*:12", "", 12},
                                           Case{"::1", "::1", 11211}, Case{"[::1]", "::1", 11211},
                                           Case{"[fe80::1]:65535", "fe80::1", 65535},
                                           Case{"proto[ascii]:tag[web]:10.0.0.1:7", "10.0.0.1", 7},
                                           Case{"tag_web_:[::1]:7", "::1", 7}));

class UnreadableAddress : public ::testing::TestWithParam<const char*> {};

TEST_P(UnreadableAddress, IsRejected) {
  EXPECT_THROW(parse_listen_address(GetParam(), 11211), std::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(ListenAddress, UnreadableAddress,
                         ::testing::Values("", ":1", "host:", "host:port", "host:65536", "host:-1",
                                           "[::1", "[::1]x", "[::1]:", "tag[web:1.2.3.4",
                                           "tag[much too long]:*", "proto[morse]:*", "proto[]x:*",
                                           "proto[ascii,morse]:*", "mtls:", "tls:127.0.0.1"));

TEST(ListenAddress, KeepsTheProtocols) {
  const auto protocols = [](const char* text) { return parse_listen_address(text, 1).protocols; };
  EXPECT_EQ(protocols("proto[ascii]:*"), command::Protocols::text);
  EXPECT_EQ(protocols("proto[binary]:[::1]:7"), command::Protocols::binary);
  EXPECT_EQ(protocols("proto[ascii,binary]:tag[web]:*"), command::Protocols::any);
  EXPECT_EQ(protocols("proto[negotiating]:*"), command::Protocols::any);
  EXPECT_EQ(protocols("tag[web]:*"), std::nullopt);
}

TEST(ListenAddress, KeepsWhatItSaysOfTls) {
  const auto tls = [](const char* text) { return parse_listen_address(text, 1).tls; };
  EXPECT_EQ(tls("notls:*"), net::TlsMode::off);
  EXPECT_EQ(tls("btls:127.0.0.1:7"), net::TlsMode::basic);
  EXPECT_EQ(tls("mtls:proto[ascii]:tag_tools_:127.0.0.1:7"), net::TlsMode::mutual);
  EXPECT_EQ(tls("proto[ascii]:*"), std::nullopt);
}

TEST(ListenAddress, KeepsTheTag) {
  EXPECT_EQ(parse_listen_address("tag[web]:*", 1).tag, "web");
  EXPECT_EQ(parse_listen_address("tag_web_:*", 1).tag, "web");
  EXPECT_EQ(parse_listen_address("tagged.example", 1).tag, "");
}

}  // namespace
}  // namespace cocached::server
