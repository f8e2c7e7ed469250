#include "net/limits/client_origin.hpp"

#include <array>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace cocached::net {
namespace {

ClientOrigin origin(const char* address) {
  return origin_of(boost::asio::ip::make_address(address));
}

TEST(ClientOriginTest, AnAddressOfV4IsItsOwnOrigin) {
  EXPECT_EQ(origin("127.0.0.1"), origin("::ffff:127.0.0.1"));
  EXPECT_NE(origin("127.0.0.1"), origin("127.0.0.2"));
}

TEST(ClientOriginTest, AWholeNetworkOfV6IsOne) {
  EXPECT_EQ(origin("2001:db8::1"), origin("2001:db8::ffff:1"));
  EXPECT_NE(origin("2001:db8::1"), origin("2001:db8:0:1::1"));
}

TEST(ClientOriginTest, AUserOfThisMachineIsOne) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  EXPECT_EQ(origin_of(ends[0]), ClientOrigin{0xfffe} << 48 | ::geteuid());
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(ClientOriginTest, ADescriptorThatIsNoSocketHasNone) {
  EXPECT_EQ(origin_of(-1), 0U);
}

}  // namespace
}  // namespace cocached::net
