#include "base/secret.hpp"

#include <string>

#include <gtest/gtest.h>

namespace cocached::base {
namespace {

TEST(SameSecretTest, EveryByteCounts) {
  const std::string secret = "correct horse";
  EXPECT_TRUE(same_secret(secret, std::string{secret}));
  for (std::size_t i = 0; i < secret.size(); ++i) {
    auto other = secret;
    other[i] ^= 1;
    EXPECT_FALSE(same_secret(secret, other)) << i;
  }
}

TEST(SameSecretTest, APartIsNotTheWhole) {
  EXPECT_FALSE(same_secret("secret", "secre"));
  EXPECT_FALSE(same_secret("secret", "secret "));
  EXPECT_FALSE(same_secret("", "s"));
  EXPECT_TRUE(same_secret("", ""));
}

}  // namespace
}  // namespace cocached::base
