#include "net/endpoint_text.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <gtest/gtest.h>

namespace cocached::net {
namespace {

tcp::endpoint address(const char* host, std::uint16_t port) {
  return {asio::ip::make_address(host), port};
}

TEST(EndpointTextTest, NamesEveryFamily) {
  EXPECT_EQ(text_of(address("127.0.0.1", 11211)), "tcp:127.0.0.1:11211");
  EXPECT_EQ(text_of(address("::1", 80)), "tcp6:[::1]:80");
  EXPECT_EQ(text_of(asio::local::stream_protocol::endpoint{"/run/cache"}), "unix:/run/cache");
  EXPECT_EQ(text_of(asio::local::stream_protocol::endpoint{}), "unix:");
}

TEST(EndpointTextTest, APathOfAClientIsOneWord) {
  EXPECT_EQ(text_of(asio::local::stream_protocol::endpoint{"/tmp/a\r\nEND b"}),
            "unix:/tmp/a%0D%0AEND%20b");
}

TEST(EndpointTextTest, ATcpAddressSurvivesBeingGeneric) {
  EXPECT_EQ(to_tcp(address("127.0.0.1", 11211)), address("127.0.0.1", 11211));
  EXPECT_EQ(to_tcp(address("::1", 80)), address("::1", 80));
  EXPECT_EQ(to_tcp(asio::local::stream_protocol::endpoint{"/run/cache"}).port(), 0);
}

TEST(EndpointTextTest, BothEndsOfASocket) {
  asio::io_context context;
  tcp::acceptor acceptor{context, address("127.0.0.1", 0)};
  tcp::socket client{context};
  client.connect(acceptor.local_endpoint());
  auto server = acceptor.accept();
  const int descriptor = server.native_handle();
  EXPECT_EQ(peer_text(descriptor), text_of(client.local_endpoint()));
  EXPECT_EQ(local_text(descriptor), text_of(acceptor.local_endpoint()));
}

TEST(EndpointTextTest, ADescriptorThatIsNoSocketIsUnknown) {
  EXPECT_EQ(peer_text(-1), "unknown");
  EXPECT_EQ(local_text(-1), "unknown");
}

}  // namespace
}  // namespace cocached::net
