#include "bench/request.hpp"

#include <cstdint>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::bench {
namespace {

using namespace std::string_literals;

class RequestTest : public ::testing::Test {
 protected:
  std::string encode(Protocol protocol, const Request& request, std::uint32_t ttl = 0) const {
    std::string out;
    make_encoder(protocol, data_, ttl)->append(request, out);
    return out;
  }

  std::string value(std::uint64_t number) const {
    std::string out;
    data_.append_value(number, out);
    return out;
  }

  const Dataset data_{100, 4, {10, 10}};
  const Request get_{Operation::get, {7}};
  const Request get_two_{Operation::get, {7, 42}};
  const Request set_{Operation::set, {42}};
};

TEST_F(RequestTest, Text) {
  EXPECT_EQ(encode(Protocol::text, get_), "get k007\r\n");
  EXPECT_EQ(encode(Protocol::text, get_two_), "get k007 k042\r\n");
  EXPECT_EQ(encode(Protocol::text, set_, 60), "set k042 0 60 10\r\n" + value(42) + "\r\n");
}

TEST_F(RequestTest, Meta) {
  EXPECT_EQ(encode(Protocol::meta, get_), "mg k007 v\r\n");
  EXPECT_EQ(encode(Protocol::meta, get_two_), "mg k007 v k q\r\nmg k042 v k q\r\nmn\r\n");
  EXPECT_EQ(encode(Protocol::meta, set_, 60), "ms k042 10 T60\r\n" + value(42) + "\r\n");
}

TEST_F(RequestTest, Binary) {
  // magic, opcode, key size | extras size, type, vbucket | body size | opaque | cas
  EXPECT_EQ(encode(Protocol::binary, get_), "\x80\x00\x00\x04"s + "\0\0\0\0"s + "\0\0\0\x04"s +
                                                "\0\0\0\0"s + std::string(8, '\0') + "k007");
  EXPECT_EQ(encode(Protocol::binary, get_two_),
            "\x80\x09\x00\x04"s + "\0\0\0\0"s + "\0\0\0\x04"s + "\0\0\0\0"s + std::string(8, '\0') +
                "k007" +  //
                "\x80\x09\x00\x04"s + "\0\0\0\0"s + "\0\0\0\x04"s + "\0\0\0\x01"s +
                std::string(8, '\0') + "k042" +  //
                "\x80\x0a"s + std::string(22, '\0'));
  EXPECT_EQ(encode(Protocol::binary, set_, 0x01020304),
            "\x80\x01\x00\x04"s + "\x08\0\0\0"s + "\0\0\0\x16"s + "\0\0\0\0"s +
                std::string(8, '\0') + "\0\0\0\0\x01\x02\x03\x04"s + "k042" + value(42));
}

}  // namespace
}  // namespace cocached::bench
