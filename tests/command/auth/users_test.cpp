#include "command/auth/users.hpp"

#include <crypt.h>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::command {
namespace {

using ::testing::HasSubstr;

/// As the tools around crypt(3) write it, with the least work.
std::string hash_of(const char* password, const char* prefix, unsigned long cost) {
  crypt_data memory{};
  char setting[CRYPT_GENSALT_OUTPUT_SIZE];
  EXPECT_NE(::crypt_gensalt_rn(prefix, cost, nullptr, 0, setting, sizeof setting), nullptr);
  return ::crypt_rn(password, setting, &memory, sizeof memory);
}

std::string error_of(std::string_view file) {
  try {
    const Users users{file};
    return "none";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

TEST(UsersTest, HaveTheirPasswords) {
  const Users users{"ann:one\nbob:two words: and colons\r\n\neve:\nlast:line"};
  EXPECT_EQ(users.size(), 4U);
  EXPECT_TRUE(users.verify("ann", "one"));
  EXPECT_TRUE(users.verify("bob", "two words: and colons"));
  EXPECT_TRUE(users.verify("eve", ""));
  EXPECT_TRUE(users.verify("last", "line"));
}

TEST(UsersTest, AreRefusedWithAnythingElse) {
  const Users users{"ann:one\nbob:two\n"};
  for (const auto* password : {"", "o", "on", "onE", "one ", "two", "one\n"})
    EXPECT_FALSE(users.verify("ann", password)) << password;
  EXPECT_FALSE(users.verify("ann", std::string_view{"one\0", 4}));
}

/// Held against the secrets of those who are known, they must not get in with one of them.
TEST(UsersTest, StrangersAreRefusedWhateverTheySay) {
  const Users users{"ann:one\n"};
  for (const auto* user : {"", "an", "anna", "Ann", "root", "ann "})
    EXPECT_FALSE(users.verify(user, "one")) << user;
}

TEST(UsersTest, ThereIsNoLimitOfEight) {
  std::string file;
  for (int i = 0; i < 1000; ++i)
    file += "user" + std::to_string(i) + ":p" + std::to_string(i) + "\n";
  const Users users{file};
  EXPECT_EQ(users.size(), 1000U);
  EXPECT_TRUE(users.verify("user999", "p999"));
  EXPECT_FALSE(users.verify("user999", "p998"));
}

TEST(UsersTest, PasswordsMayBeHashed) {
  const std::pair<const char*, unsigned long> methods[] = {
      {"$y$", 1}, {"$6$", 1000}, {"$5$", 1000}, {"$2b$", 4}, {"$1$", 0}};
  for (const auto& [prefix, cost] : methods) {
    const auto hash = hash_of("secret", prefix, cost);
    ASSERT_TRUE(hash.starts_with(prefix));
    const Users users{"ann:" + hash + "\nbob:plain\n"};
    EXPECT_TRUE(users.verify("ann", "secret")) << prefix;
    EXPECT_FALSE(users.verify("ann", "secreT")) << prefix;
    EXPECT_FALSE(users.verify("ann", hash)) << prefix;
    EXPECT_FALSE(users.verify("ann", std::string_view{"secret\0x", 8})) << prefix;
    EXPECT_FALSE(users.verify("ann", std::string(10000, 'x'))) << prefix;
    EXPECT_FALSE(users.verify("nobody", "secret")) << prefix;
    EXPECT_TRUE(users.verify("bob", "plain")) << prefix;
  }
}

TEST(UsersTest, ADollarAloneMakesNoHash) {
  const Users users{"ann:$ecret\nbob:$\neve:$$$\n"};
  EXPECT_TRUE(users.verify("ann", "$ecret"));
  EXPECT_TRUE(users.verify("bob", "$"));
  EXPECT_TRUE(users.verify("eve", "$$$"));
}

TEST(UsersTest, AFileThatCannotBeMeantIsRefusedWithItsLine) {
  EXPECT_THAT(error_of("ann:one\nbob\n"), HasSubstr("line 2: it should be user:password"));
  EXPECT_THAT(error_of(":one\n"), HasSubstr("line 1"));
  EXPECT_THAT(error_of("ann:one\nbob:two\nann:three\n"), HasSubstr("line 3"));
  EXPECT_THAT(error_of("ann:$nosuchmethod$salt$hash\n"), HasSubstr("crypt(3)"));
  EXPECT_THAT(error_of(""), HasSubstr("no user"));
  EXPECT_THAT(error_of("\n\r\n"), HasSubstr("no user"));
}

}  // namespace
}  // namespace cocached::command
