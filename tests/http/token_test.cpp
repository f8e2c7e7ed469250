#include "http/token.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <unistd.h>

#include <gtest/gtest.h>

namespace cocached::http {
namespace {

TEST(Token, IsShownAsABearer) {
  EXPECT_TRUE(shows_token("Bearer t0ken", "t0ken"));
  EXPECT_TRUE(shows_token("bearer  t0ken ", "t0ken"));
  for (const auto* header : {"", "Bearer", "Bearer ", "Bearer t0ke", "Bearer t0kens",
                             "Bearer T0ken", "t0ken", "Bearert0ken", "Digest t0ken"})
    EXPECT_FALSE(shows_token(header, "t0ken")) << header;
}

TEST(Token, IsShownAsAPassword) {
  EXPECT_TRUE(shows_token("Basic dXNlcjp0MGtlbg==", "t0ken"));  // user:t0ken
  EXPECT_TRUE(shows_token("Basic OnQwa2Vu", "t0ken"));          // :t0ken
  for (const auto* header : {"Basic dDBrZW4=", "Basic dXNlcjp0MGtlbgo=", "Basic t0ken",
                             "Basic ====", "Basic dXNlcjp0MGtl"})
    EXPECT_FALSE(shows_token(header, "t0ken")) << header;
}

class TokenFile : public testing::Test {
 protected:
  ~TokenFile() override { std::filesystem::remove(path_); }

  std::string read(std::string_view text) {
    std::ofstream{path_, std::ios::binary} << text;
    return read_token(path_);
  }

  const std::string path_ = testing::TempDir() + "cocached-token-" + std::to_string(getpid()) +
                            "-" + testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(TokenFile, HoldsOneToken) {
  EXPECT_EQ(read("t0ken"), "t0ken");
  EXPECT_EQ(read("\n t0ken\r\n"), "t0ken");
  EXPECT_EQ(read(std::string(128, 'x')).size(), 128U);
}

TEST_F(TokenFile, IsRefusedWithoutOne) {
  EXPECT_THROW(read_token(path_), std::runtime_error);
  for (const std::string& text :
       {std::string{}, std::string{"\n"}, std::string{"two words"}, std::string{"a\nb"},
        std::string{"caf\xc3\xa9"}, std::string(129, 'x')})
    EXPECT_THROW(read(text), std::runtime_error) << text;
}

}  // namespace
}  // namespace cocached::http
