#include "http/gzip.hpp"

#include <random>
#include <zlib.h>

#include <gtest/gtest.h>

namespace cocached::http {
namespace {

/// Returns the contents of a gzip file, or nothing if the file or its checksum is invalid.
std::string unpacked(std::string_view packed, std::size_t size) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string text(size + 1, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  EXPECT_EQ(inflateEnd(&stream), Z_OK);
  return text;
}

TEST(Gzip, CanBeUnpacked) {
  std::mt19937 random{1};
  std::string noise;
  for (int i = 0; i < 100'000; ++i) noise += static_cast<char>(random());
  for (const auto& text : {std::string{}, std::string{"a"}, std::string(1'000'000, 'x'), noise})
    EXPECT_EQ(unpacked(gzip(text), text.size()), text);
}

TEST(AcceptEncoding, NamesGzip) {
  for (const auto* value : {"gzip", "GZIP", "deflate, gzip;q=1.0, *;q=0.5", "gzip;q=0.001",
                            "x-gzip", "*", "br, *", "gzip;q=0.5,identity;q=0"})
    EXPECT_TRUE(accepts_gzip(value)) << value;
}

TEST(AcceptEncoding, DoesNot) {
  for (const auto* value : {"", "identity", "br", "gzip;q=0", "gzip; q=0.000", "*;q=0",
                            "gzip;q=0, *", "gzippy", ";;;", "q=1"})
    EXPECT_FALSE(accepts_gzip(value)) << value;
}

}  // namespace
}  // namespace cocached::http
