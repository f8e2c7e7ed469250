#include "net/limits/address_limit.hpp"

#include <gtest/gtest.h>

namespace cocached::net {
namespace {

using boost::asio::ip::make_address;

TEST(AddressLimitTest, EachAddressHasItsShare) {
  AddressLimit limit{2};
  const auto first = limit.take(make_address("10.0.0.1"));
  auto second = limit.take(make_address("10.0.0.1"));
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(limit.take(make_address("10.0.0.1")));
  EXPECT_TRUE(limit.take(make_address("10.0.0.2")));
  second.reset();
  EXPECT_TRUE(limit.take(make_address("10.0.0.1")));
}

TEST(AddressLimitTest, ANetworkOfIpv6CountsAsOne) {
  AddressLimit limit{1};
  const auto slot = limit.take(make_address("2001:db8:0:1::1"));
  EXPECT_FALSE(limit.take(make_address("2001:db8:0:1:ffff::2")));
  EXPECT_TRUE(limit.take(make_address("2001:db8:0:2::1")));
}

TEST(AddressLimitTest, AMappedAddressIsTheAddress) {
  AddressLimit limit{1};
  const auto slot = limit.take(make_address("10.0.0.1"));
  EXPECT_FALSE(limit.take(make_address("::ffff:10.0.0.1")));
}

TEST(AddressLimitTest, ForgetsWhoHasLeft) {
  AddressLimit limit{1};
  for (unsigned i = 0; i < 1000; ++i)
    EXPECT_TRUE(limit.take(boost::asio::ip::address_v4{0x0a000000 + i}));
  EXPECT_EQ(limit.addresses(), 0U);
}

TEST(AddressLimitTest, AMovedSlotIsGivenBackOnce) {
  AddressLimit limit{1};
  {
    auto slot = *limit.take(make_address("10.0.0.1"));
    const auto moved = std::move(slot);
    EXPECT_EQ(limit.addresses(), 1U);
  }
  EXPECT_EQ(limit.addresses(), 0U);
}

TEST(AddressLimitTest, ZeroIsNoLimit) {
  AddressLimit limit{0};
  const auto first = limit.take(make_address("10.0.0.1"));
  EXPECT_TRUE(first && limit.take(make_address("10.0.0.1")));
  EXPECT_EQ(limit.addresses(), 0U);
}

}  // namespace
}  // namespace cocached::net
