#include "store/large_join.hpp"

#include "tests/store/store_fixture.hpp"

#include <algorithm>
#include <array>
#include <thread>
#include <vector>

namespace cocached::store {
namespace {

constexpr std::size_t kOld = 300'000;  // bytes

class LargeJoinTest : public StoreTest {
 protected:
  LargeJoinTest() { shard_.write(Key("k"), now_, {}, std::string(kOld, 'o')); }

  std::optional<LargeJoin> begin(WriteMode mode, std::size_t added) {
    return shard_.begin_join(Key("k"), now_, {.mode = mode}, added);
  }
  std::string_view stored() {
    std::string_view value;
    shard_.read(Key("k"), now_, {}, [&](const Hit& hit) { value = hit.item.value; });
    return value;
  }

  Budget budget_{64 * kMiB};
  CasNumbers cas_{true};
  Shard shard_{options_, budget_, cas_, kMiB};
};

// Both values were copied under the shard's lock, up to a mebibyte for each append of a byte.
TEST_F(LargeJoinTest, TheItemIsTheRecordThatWasFilledWithoutTheLock) {
  for (const WriteMode mode : {WriteMode::append, WriteMode::prepend}) {
    const std::string before(stored());
    auto join = begin(mode, 1);
    ASSERT_TRUE(join);
    EXPECT_EQ(stored(), before);  // takes the lock
    join->fill("+");
    const std::string_view filled = join->value();
    ASSERT_TRUE(shard_.finish_join(*join, Key("k"), now_));
    EXPECT_EQ(stored().data(), filled.data());  // nothing was copied since
    EXPECT_EQ(stored(), mode == WriteMode::append ? before + "+" : "+" + before);
  }
}

TEST_F(LargeJoinTest, AValueThatWasReplacedMeanwhileIsNotJoined) {
  auto join = begin(WriteMode::append, 1);
  shard_.write(Key("k"), now_, {}, std::string(kOld, 'n'));
  join->fill("+");
  EXPECT_FALSE(shard_.finish_join(*join, Key("k"), now_));
  EXPECT_EQ(stored(), std::string(kOld, 'n'));
}

TEST_F(LargeJoinTest, AValueThatWasRemovedMeanwhileStaysRemoved) {
  auto join = begin(WriteMode::append, 1);
  shard_.remove(Key("k"), now_, {});
  join->fill("+");
  EXPECT_FALSE(shard_.finish_join(*join, Key("k"), now_));
  EXPECT_EQ(stored(), "");
}

TEST_F(LargeJoinTest, AFlushMeanwhileHidesTheOldValue) {
  auto join = begin(WriteMode::append, 1);
  shard_.flush(now_);
  join->fill("+");
  EXPECT_FALSE(shard_.finish_join(*join, Key("k"), now_));
}

TEST_F(LargeJoinTest, ATouchMeanwhileIsKept) {
  auto join = begin(WriteMode::append, 1);
  shard_.read(Key("k"), now_, {.touch = in(100)}, [](const Hit&) {});
  join->fill("+");
  ASSERT_TRUE(shard_.finish_join(*join, Key("k"), now_));
  TimePoint deadline{};
  shard_.read(Key("k"), now_, {}, [&](const Hit& hit) { deadline = hit.item.deadline; });
  EXPECT_EQ(deadline, in(100));
}

TEST_F(LargeJoinTest, ADroppedOneGivesItsMemoryBack) {
  const std::size_t before = shard_.segment_bytes();
  begin(WriteMode::append, 500'000);
  EXPECT_EQ(shard_.segment_bytes(), before);
}

TEST_F(LargeJoinTest, SmallOnesAndThoseToBeRefusedAreLeftToWrite) {
  EXPECT_FALSE(begin(WriteMode::append, kMiB));  // too large
  shard_.write(Key("k"), now_, {}, "small");
  EXPECT_FALSE(begin(WriteMode::append, 1));
}

class LargeJoinThreadsTest : public StoreTest {
 protected:
  static constexpr std::size_t kKeys = 8, kThreads = 4, kAppends = 200, kPiece = 100;

  /// Appends pieces that say who did.
  void append(std::size_t thread) {
    const std::string piece(kPiece, static_cast<char>('a' + thread));
    const WriteMode mode = thread % 2 == 0 ? WriteMode::append : WriteMode::prepend;
    for (std::size_t i = 0; i < kAppends; ++i) {
      const std::string key = std::to_string(i % kKeys);
      EXPECT_EQ(store().write(Key(key), now_, {.mode = mode}, piece).result, WriteResult::stored);
    }
  }
};

TEST_F(LargeJoinThreadsTest, NoPieceIsLostOrTorn) {
  options_.memory_limit = 128 * kMiB;
  options_.threads = 4;
  ASSERT_EQ(store().stats().shards, 4u);
  for (std::size_t k = 0; k < kKeys; ++k) write(std::to_string(k), std::string(kOld, 'o'));
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) threads.emplace_back([this, t] { append(t); });
  threads.clear();
  for (std::size_t k = 0; k < kKeys; ++k) {
    const std::string value = get(std::to_string(k)).value_or("");
    ASSERT_EQ(value.size(), kOld + kThreads * kAppends / kKeys * kPiece);
    std::array<std::size_t, kThreads> pieces{};
    for (std::size_t at = 0; at < value.size(); at += kPiece) {
      const std::string_view piece = std::string_view(value).substr(at, kPiece);
      EXPECT_TRUE(std::ranges::all_of(piece, [&](char c) { return c == piece[0]; }));
      if (piece[0] != 'o') ++pieces.at(static_cast<std::size_t>(piece[0] - 'a'));
    }
    for (const std::size_t count : pieces) EXPECT_EQ(count, kAppends / kKeys);
  }
}

}  // namespace
}  // namespace cocached::store
