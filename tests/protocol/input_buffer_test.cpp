#include "protocol/input_buffer.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace cocached::protocol {
namespace {

constexpr auto kBlock = base::BlockPool::kBlockSize;

class InputBufferTest : public testing::Test {
 protected:
  /// Reads as a connection does; returns how much there was room for.
  std::size_t read(std::string_view bytes) {
    const auto space = input_.prepare();
    const auto size = std::min(space.size(), bytes.size());
    std::ranges::copy(bytes.substr(0, size), space.begin());
    input_.commit(size);
    return size;
  }

  base::BlockPool pool_;
  InputBuffer input_{pool_};
};

TEST_F(InputBufferTest, HoldsNoMemoryBeforeTheFirstRead) {
  EXPECT_TRUE(input_.empty());
  EXPECT_EQ(input_.unread(), "");
  EXPECT_EQ(input_.capacity(), 0U);
  EXPECT_EQ(pool_.used(), 0U);
}

TEST_F(InputBufferTest, ReceivedBytesAreUnreadUntilTheyAreConsumed) {
  read("get a\r\nget");
  EXPECT_EQ(input_.unread(), "get a\r\nget");
  input_.consume(7);
  EXPECT_EQ(input_.unread(), "get");
  read(" b\r\n");
  EXPECT_EQ(input_.unread(), "get b\r\n");
  input_.consume(7);
  EXPECT_TRUE(input_.empty());
  EXPECT_EQ(pool_.used(), 1U);
}

TEST_F(InputBufferTest, ConsumingMovesNothing) {
  read("abcdef");
  const auto unread = input_.unread();
  input_.consume(3);
  EXPECT_EQ(unread, "abcdef");
  EXPECT_EQ(input_.unread().data(), unread.data() + 3);
}

TEST_F(InputBufferTest, TheConsumedPartIsRoomAgain) {
  const std::string block(kBlock, 'x');
  EXPECT_EQ(read(block), kBlock);
  EXPECT_TRUE(input_.prepare().empty());
  input_.consume(100);
  EXPECT_EQ(input_.prepare().size(), 100U);
  EXPECT_EQ(input_.unread().size(), kBlock - 100);
}

TEST_F(InputBufferTest, GivesItsMemoryBack) {
  read("abc");
  input_.consume(3);
  input_.release();
  EXPECT_EQ(pool_.used(), 0U);
  EXPECT_EQ(input_.capacity(), 0U);
  read("def");
  EXPECT_EQ(input_.unread(), "def");
}

TEST_F(InputBufferTest, AnUnreadPartAtTheEndSurvivesThePassageThroughTheBlock) {
  std::string sent;
  std::string seen;
  for (std::size_t i = 0; seen.size() < 5 * kBlock; ++i) {
    const std::string piece = std::string(i % 700, static_cast<char>('a' + i % 26));
    sent += piece.substr(0, read(piece));
    const auto take = input_.unread().size() - std::min(input_.unread().size(), i % 300);
    seen += input_.unread().substr(0, take);
    input_.consume(take);
  }
  seen += input_.unread();
  EXPECT_EQ(seen, sent);
}

TEST_F(InputBufferTest, GrowsForALongLineAndShrinksWhenItIsOver) {
  const std::string line(3 * kBlock, 'x');
  std::size_t size = 0;
  while (size < line.size()) {
    input_.grow(input_.unread().size() + 1);
    const auto room = read(std::string_view{line}.substr(size));
    ASSERT_GT(room, 0U);
    size += room;
  }
  EXPECT_EQ(input_.unread(), line);
  EXPECT_GE(input_.capacity(), line.size());
  EXPECT_EQ(pool_.used(), 0U);  // the long line is not in a block

  input_.consume(line.size());
  read("next");
  EXPECT_EQ(input_.unread(), "next");
  EXPECT_EQ(input_.capacity(), kBlock);
}

TEST_F(InputBufferTest, GrowingKeepsOnlyWhatIsUnread) {
  read(std::string(kBlock - 3, 'x') + "abc");
  input_.consume(kBlock - 3);
  input_.grow(kBlock + 1);
  EXPECT_EQ(input_.unread(), "abc");
  EXPECT_GE(input_.prepare().size(), kBlock - 2);
}

TEST_F(InputBufferTest, DoesNotGrowForWhatFitsABlock) {
  input_.grow(kBlock);
  EXPECT_EQ(input_.capacity(), 0U);
  read("abc");
  input_.grow(kBlock);
  EXPECT_EQ(input_.capacity(), kBlock);
}

TEST_F(InputBufferTest, BytesBehindALongLineStayInItsMemory) {
  input_.grow(2 * kBlock);
  read(std::string(kBlock, 'x') + "tail");
  input_.consume(kBlock);
  read(" and more");
  EXPECT_EQ(input_.unread(), "tail and more");
}

TEST_F(InputBufferTest, AThreadThatTakesTheRoomOfALongLineDoesNotEndTheProcess) {
  base::MemoryLedger ledger{8 * kBlock};
  base::BlockPool pool{ledger};
  std::atomic<bool> done{false};
  std::thread other{[&] {  // gets all the room whenever the line's memory is given back
    while (!done) {
      base::Booking booking{ledger};
      (void)booking.try_add(8 * kBlock, base::MemoryUse::small);
    }
  }};
  for (int n = 0; n < 20'000; ++n) {
    try {
      InputBuffer input{pool};
      input.grow(2 * kBlock);
      input.commit(2 * kBlock);
      input.consume(2 * kBlock);
      EXPECT_FALSE(input.prepare().empty());
    } catch (const base::NoMoreMemory&) {  // the connection is told so
    }
    pool.trim();
  }
  done = true;
  other.join();
  EXPECT_EQ(ledger.used(), 0U);
}

}  // namespace
}  // namespace cocached::protocol
