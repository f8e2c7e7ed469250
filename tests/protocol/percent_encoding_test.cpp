#include "protocol/percent_encoding.hpp"

#include "protocol/base64.hpp"

#include <gtest/gtest.h>

namespace cocached::protocol {
namespace {

TEST(KeyAsWordTest, NoByteEndsAWordOrALine) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string key{'a', static_cast<char>(byte)};
    const bool plain = byte > 0x20 && byte != 0x7f;
    EXPECT_EQ(is_plain_key(key), plain) << byte;
    EXPECT_TRUE(is_plain_key(key_as_word(key))) << byte;
  }
}

TEST(KeyAsWordTest, PlainBytesStay) {
  EXPECT_EQ(key_as_word("user:1/\xc3\xa9"), "user:1/\xc3\xa9");
  EXPECT_EQ(key_as_word(""), "");
}

TEST(KeyAsWordTest, OtherBytesAndThePercentSignAreEncoded) {
  EXPECT_EQ(key_as_word("a\r\nflush_all \x7f%20"), "a%0D%0Aflush_all%20%7F%2520");
  EXPECT_EQ(key_as_word(std::string(1, '\0')), "%00");
}

TEST(DecodedKeyTest, KeysUpToTheLongest) {
  for (const std::size_t size : {1U, 187U, 188U, 248U, 249U, 250U}) {
    const std::string key(size, '\n');
    const auto decoded = DecodedKey::decode(encode_base64(key));
    ASSERT_TRUE(decoded) << size;
    EXPECT_EQ(decoded->bytes(), key);
  }
  for (const std::size_t size : {251U, 252U, 253U})
    EXPECT_FALSE(DecodedKey::decode(encode_base64(std::string(size, '\n')))) << size;
}

}  // namespace
}  // namespace cocached::protocol
