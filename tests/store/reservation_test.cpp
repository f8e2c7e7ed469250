#include "tests/store/store_fixture.hpp"

#include <algorithm>
#include <vector>

namespace cocached::store {
namespace {

class ReservationTest : public StoreTest {
 protected:
  Reservation reserve(std::string_view key, std::string_view value,
                      const WriteOptions& options = {}) {
    auto made = store().reserve(Key(key), now_, options, value.size());
    auto& reservation = std::get<Reservation>(made);
    EXPECT_EQ(reservation.size(), value.size());
    std::ranges::copy(value, reservation.value().begin());
    return std::move(reservation);
  }

  WriteReceipt commit(Reservation reservation) {
    return store().commit(std::move(reservation), now_);
  }
};

TEST_F(ReservationTest, IsInvisibleUntilCommitted) {
  write("k", "old");
  auto reservation = reserve("k", "new value", {.client_flags = 4, .deadline = in(100)});
  EXPECT_EQ(get("k"), "old");
  const auto receipt = commit(std::move(reservation));
  EXPECT_EQ(receipt.result, WriteResult::stored);
  EXPECT_EQ(receipt.size, 9u);
  const auto seen = read("k");
  EXPECT_EQ(seen->value, "new value");
  EXPECT_EQ(seen->client_flags, 4u);
  EXPECT_EQ(seen->cas, receipt.cas);
  EXPECT_EQ(seen->deadline, in(100));
}

TEST_F(ReservationTest, IsForgottenWhenDropped) {
  {
    auto reservation = reserve("k", "never seen");
  }
  EXPECT_FALSE(get("k"));
}

TEST_F(ReservationTest, IsJudgedWhenItIsCommitted) {
  auto reservation = reserve("k", "mine", {.mode = WriteMode::add});
  write("k", "theirs");
  EXPECT_EQ(commit(std::move(reservation)).result, WriteResult::not_stored);
  EXPECT_EQ(get("k"), "theirs");
}

TEST_F(ReservationTest, AppendsAndPrepends) {
  write("k", "b", {.client_flags = 6});
  EXPECT_EQ(commit(reserve("k", "c", {.mode = WriteMode::append})).size, 2u);
  EXPECT_EQ(commit(reserve("k", "a", {.mode = WriteMode::prepend})).size, 3u);
  EXPECT_EQ(read("k")->value, "abc");
  EXPECT_EQ(read("k")->client_flags, 6u);
}

TEST_F(ReservationTest, SurvivesAFlushAndTheEvictionOfEverything) {
  options_.memory_limit = 8 * kMiB;
  auto reservation = reserve("k", std::string(3000, 'r'));
  store().flush(now_);
  for (int i = 0; i < 2000; ++i) write("x" + std::to_string(i), std::string(20'000, 'x'));
  EXPECT_EQ(commit(std::move(reservation)).result, WriteResult::stored);
  EXPECT_EQ(get("k"), std::string(3000, 'r'));
}

// The old record was the last one alive in their segment, which went as soon as that was dead.
TEST_F(ReservationTest, KeepsTheSegmentItSharesWithTheRecordThatItReplaces) {
  options_.memory_limit = 8 * kMiB;  // segments of 64 KiB: three of these values
  const std::string value(20'000, 'n');
  write("k", std::string(20'000, 'o'));
  auto reservation = reserve("k", value);
  write("third", std::string(20'000, 't'));
  write("of the next segment", std::string(20'000, 't'));
  remove("third");
  EXPECT_EQ(commit(std::move(reservation)).result, WriteResult::stored);
  EXPECT_EQ(get("k"), value);
  EXPECT_EQ(store().stats().items, 2u);
}

TEST_F(ReservationTest, IsRefusedWhenTooLargeAndTakesTheOldValueAlong) {
  options_.max_value_size = 100;
  write("k", "old");
  const auto refused = store().reserve(Key("k"), now_, {}, 101);
  EXPECT_EQ(std::get<WriteResult>(refused), WriteResult::too_large);
  EXPECT_FALSE(get("k"));
}

TEST_F(ReservationTest, ValuesOnTheirWayShareASixteenthOfTheMemory) {
  options_.memory_limit = 64 * kMiB;
  std::vector<Arrivals::Share> shares;
  while (auto share = store().share_for_arrival(1'000'000)) shares.push_back(std::move(*share));
  EXPECT_EQ(shares.size(), 4u);
  EXPECT_TRUE(store().share_for_arrival(100'000));
  shares.pop_back();
  EXPECT_TRUE(store().share_for_arrival(1'000'000));
}

TEST_F(ReservationTest, OneValueOfTheLargestSizeMayAlwaysBeOnItsWay) {
  options_.memory_limit = 64 * kMiB;
  options_.max_value_size = 32 * kMiB;
  {
    const auto share = store().share_for_arrival(32 * kMiB);
    EXPECT_TRUE(share);
    EXPECT_FALSE(store().share_for_arrival(1));
  }
  EXPECT_TRUE(store().share_for_arrival(32 * kMiB));
}

}  // namespace
}  // namespace cocached::store
