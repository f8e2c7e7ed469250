#include "protocol/text/text_reply.hpp"

#include "protocol/reply_line.hpp"
#include "protocol/reply_texts.hpp"

#include <limits>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::protocol::text {
namespace {

using testing::EndsWith;
using testing::StartsWith;

class TextReplyTest : public testing::Test {
 protected:
  std::string written() const {
    std::string bytes;
    for (const auto& piece : batch_.pieces())
      bytes.append(static_cast<const char*>(piece.data()), piece.size());
    return bytes;
  }

  base::BlockPool pool_;
  ReplyBatch batch_{pool_};
};

TEST_F(TextReplyTest, Lines) {
  write_line(batch_, kStored);
  write_line(batch_, kEnd);
  EXPECT_EQ(written(), "STORED\r\nEND\r\n");
}

TEST_F(TextReplyTest, Numbers) {
  write_number(batch_, 0);
  write_number(batch_, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(written(), "0\r\n18446744073709551615\r\n");
}

TEST_F(TextReplyTest, ValueLines) {
  write_value_line(batch_, {.key = "k", .client_flags = 0, .cas = {}, .size = 0});
  write_value_line(batch_, {.key = "key", .client_flags = 7, .cas = 42, .size = 100});
  EXPECT_EQ(written(), "VALUE k 0 0\r\nVALUE key 7 100 42\r\n");
}

TEST_F(TextReplyTest, TheLongestValueLineFits) {
  const std::string key(kMaxKeySize, 'k');
  constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
  write_value_line(batch_, {.key = key,
                            .client_flags = std::numeric_limits<std::uint32_t>::max(),
                            .cas = kMax,
                            .size = kMax});
  EXPECT_THAT(written(), StartsWith("VALUE " + key + " 4294967295 "));
  EXPECT_THAT(written(), EndsWith(" 18446744073709551615 18446744073709551615\r\n"));
}

TEST(TextWordsTest, EveryStatusHasItsOwn) {
  std::set<std::string_view> words;
  for (auto status = Status::ok; status <= Status::flush_forbidden;
       status = static_cast<Status>(static_cast<int>(status) + 1))
    words.insert(words_of(status));
  EXPECT_EQ(words.size(), static_cast<std::size_t>(Status::flush_forbidden) + 1);
  EXPECT_FALSE(words.contains(kError));
}

}  // namespace
}  // namespace cocached::protocol::text
