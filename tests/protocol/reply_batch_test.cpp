#include "protocol/reply_batch.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cocached::protocol {
namespace {

std::string bytes_of(const ReplyBatch& batch) {
  std::string bytes;
  for (const auto& piece : batch.pieces())
    bytes.append(static_cast<const char*>(piece.data()), piece.size());
  return bytes;
}

class ReplyBatchTest : public testing::Test {
 protected:
  base::BlockPool pool_;
  ReplyBatch batch_{pool_};
};

TEST_F(ReplyBatchTest, OwesNothingAtFirst) {
  EXPECT_TRUE(batch_.empty());
  EXPECT_TRUE(batch_.has_room());
  EXPECT_TRUE(batch_.pieces().empty());
  EXPECT_EQ(pool_.used(), 0U);
}

TEST_F(ReplyBatchTest, SmallRepliesGrowIntoOnePiece) {
  batch_.append("STORED\r\n");
  batch_.append("");
  batch_.append("END\r\n");
  EXPECT_EQ(batch_.pieces().size(), 1U);
  EXPECT_EQ(bytes_of(batch_), "STORED\r\nEND\r\n");
  EXPECT_EQ(batch_.bytes(), 13U);
}

TEST_F(ReplyBatchTest, ReservedBytesThatAreNotUsedAreNotSent) {
  char* to = batch_.reserve(100);
  *to++ = 'a';
  *to++ = 'b';
  batch_.append_to(to);
  batch_.append("c");
  EXPECT_EQ(bytes_of(batch_), "abc");
}

TEST_F(ReplyBatchTest, PointsAtLargeValues) {
  const std::string value(100'000, 'v');
  batch_.append("VALUE k 0 100000\r\n");
  batch_.point_at(value);
  batch_.append("\r\nEND\r\n");
  ASSERT_EQ(batch_.pieces().size(), 3U);
  EXPECT_EQ(batch_.pieces()[1].data(), value.data());
  EXPECT_EQ(bytes_of(batch_), "VALUE k 0 100000\r\n" + value + "\r\nEND\r\n");
}

TEST_F(ReplyBatchTest, KeepsALongTextItself) {
  const std::string report(200'000, 's');
  batch_.append("before");
  batch_.append(report);
  batch_.append_owned("after");
  EXPECT_EQ(bytes_of(batch_), "before" + report + "after");
}

TEST_F(ReplyBatchTest, FillsSeveralBlocks) {
  std::string expected;
  while (batch_.has_room()) {
    const std::string reply(ReplyBatch::kMaxSmallReply,
                            static_cast<char>('a' + expected.size() % 7));
    batch_.append(reply);
    expected += reply;
  }
  EXPECT_EQ(bytes_of(batch_), expected);
  EXPECT_LE(pool_.used(), ReplyBatch::kMaxBlocks);
  EXPECT_GT(expected.size(), (ReplyBatch::kMaxBlocks - 1) *
                                 (base::BlockPool::kBlockSize - ReplyBatch::kMaxSmallReply));
}

TEST_F(ReplyBatchTest, WhileItHasRoomThereIsRoomForAnyReply) {
  const std::string value(ReplyBatch::kCopyLimit + 1, 'v');
  for (int i = 0; batch_.has_room(); ++i) {
    if (i % 3 == 0) {
      batch_.append("V\r\n");
      batch_.point_at(value);
      batch_.append("\r\n");
    } else {
      batch_.append(std::string(ReplyBatch::kMaxSmallReply, 'x'));
    }
  }
  EXPECT_LE(batch_.pieces().size(), ReplyBatch::kMaxPieces);
  EXPECT_LE(pool_.used(), ReplyBatch::kMaxBlocks);
}

TEST_F(ReplyBatchTest, IsFullBeforeAsioRunsOutOfBuffers) {
  const std::string value(ReplyBatch::kCopyLimit + 1, 'v');
  while (batch_.has_room()) {
    batch_.append("V\r\n");
    batch_.point_at(value);
    batch_.append("\r\n");
  }
  EXPECT_LE(batch_.pieces().size(), ReplyBatch::kMaxPieces);
  EXPECT_GE(batch_.pieces().size(), ReplyBatch::kMaxPieces - 3);
}

TEST_F(ReplyBatchTest, IsFullWhenTooManyBytesAreOwed) {
  const std::string value(std::size_t{1} << 20, 'v');
  batch_.append("V\r\n");
  EXPECT_TRUE(batch_.has_room());
  batch_.point_at(value);
  EXPECT_FALSE(batch_.has_room());
  batch_.clear();
  EXPECT_TRUE(batch_.has_room());
}

TEST_F(ReplyBatchTest, IsSentInPartsOfAnySize) {
  const std::string value(5000, 'v');
  for (const std::size_t step : {1U, 2U, 7U, 4999U, 5000U, 5001U, 100'000U}) {
    batch_.append("VALUE k 0 5000\r\n");
    batch_.point_at(value);
    batch_.append("\r\nEND\r\n");
    const auto all = bytes_of(batch_);

    std::string sent;
    while (!batch_.empty()) {
      const auto left = bytes_of(batch_);
      EXPECT_EQ(left.size(), batch_.bytes());
      const auto size = std::min(step, left.size());
      sent += left.substr(0, size);
      batch_.sent(size);
    }
    EXPECT_EQ(sent, all) << "in steps of " << step;
    EXPECT_TRUE(batch_.pieces().empty());
    batch_.clear();
  }
}

TEST_F(ReplyBatchTest, AReplyAfterAllHasBeenSentIsNotLost) {
  batch_.append("first");
  batch_.sent(5);
  batch_.append("second");
  EXPECT_EQ(bytes_of(batch_), "second");
  EXPECT_EQ(batch_.bytes(), 6U);
  batch_.sent(6);
  EXPECT_TRUE(batch_.empty());
}

TEST_F(ReplyBatchTest, AReplyAfterHalfHasBeenSentJoinsTheRest) {
  batch_.append("first");
  batch_.sent(3);
  batch_.append("second");
  EXPECT_EQ(bytes_of(batch_), "stsecond");
}

TEST_F(ReplyBatchTest, ClearedItKeepsOneBlockForTheNextReplies) {
  for (int i = 0; i < 10; ++i) batch_.append(std::string(ReplyBatch::kMaxSmallReply, 'x'));
  batch_.append(std::string(100'000, 'y'));
  EXPECT_GT(pool_.used(), 1U);
  batch_.clear();
  EXPECT_TRUE(batch_.empty());
  EXPECT_EQ(pool_.used(), 1U);
  batch_.append("next");
  EXPECT_EQ(bytes_of(batch_), "next");
}

TEST_F(ReplyBatchTest, GivesAllMemoryBack) {
  batch_.append("reply");
  batch_.release();
  EXPECT_TRUE(batch_.empty());
  EXPECT_EQ(pool_.used(), 0U);
  batch_.append("next");
  EXPECT_EQ(bytes_of(batch_), "next");
}

TEST_F(ReplyBatchTest, IsCutBackToWhatItWas) {
  batch_.append("kept ");
  const auto mark = batch_.mark();
  batch_.append(std::string(100'000, 'x'));
  batch_.append_owned("owned");
  batch_.cut_back(mark);
  EXPECT_EQ(batch_.bytes(), 5U);
  batch_.append("and more");
  EXPECT_EQ(bytes_of(batch_), "kept and more");
}

/// The fault: any number of blocks passed for the least that a client needs.
TEST(ReplyBatchLedgerTest, TheFirstBlockIsASmallNeedAndFurtherOnesAreLarge) {
  base::MemoryLedger ledger{4 * base::BlockPool::kBlockSize};
  base::Booking others{ledger};
  others.add(2 * base::BlockPool::kBlockSize, base::MemoryUse::large);
  base::BlockPool pool{ledger};
  ReplyBatch batch{pool};
  batch.append(std::string(base::BlockPool::kBlockSize, 'x'));
  EXPECT_THROW(batch.append("x"), base::NoMoreMemory);
}

}  // namespace
}  // namespace cocached::protocol
