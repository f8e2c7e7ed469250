#include "tests/store/store_fixture.hpp"

namespace cocached::store {
namespace {

using WriteTest = StoreTest;

TEST_F(WriteTest, NumbersItemsFromOne) {
  EXPECT_EQ(write("a", "1").cas, 1u);
  EXPECT_EQ(write("b", "1").cas, 2u);
  EXPECT_EQ(write("a", "2").cas, 3u);
}

TEST_F(WriteTest, WithoutCasEveryNumberIsZero) {
  options_.cas = false;
  EXPECT_EQ(write("a", "1").cas, 0u);
  EXPECT_EQ(read("a")->cas, 0u);
  EXPECT_EQ(write("a", "1", {.compare_cas = 0}).result, WriteResult::exists);
}

TEST_F(WriteTest, SetReplacesValueAndEverythingElse) {
  write("k", "one", {.client_flags = 1, .deadline = in(1000), .binary_key = true});
  write("k", "three");
  const auto seen = read("k");
  EXPECT_EQ(seen->value, "three");
  EXPECT_EQ(seen->client_flags, 0u);
  EXPECT_EQ(seen->deadline, kNever);
  EXPECT_FALSE(seen->binary_key);
}

TEST_F(WriteTest, AddStoresOnlyOnAMiss) {
  EXPECT_EQ(write("k", "1", {.mode = WriteMode::add}).result, WriteResult::stored);
  EXPECT_EQ(write("k", "2", {.mode = WriteMode::add}).result, WriteResult::not_stored);
  EXPECT_EQ(get("k"), "1");
}

TEST_F(WriteTest, AddStoresOverAnExpiredItem) {
  write("k", "1", {.deadline = in(1)});
  pass(1);
  EXPECT_EQ(write("k", "2", {.mode = WriteMode::add}).result, WriteResult::stored);
}

TEST_F(WriteTest, ReplaceStoresOnlyOnAHit) {
  EXPECT_EQ(write("k", "1", {.mode = WriteMode::replace}).result, WriteResult::not_stored);
  write("k", "1");
  EXPECT_EQ(write("k", "2", {.mode = WriteMode::replace}).result, WriteResult::stored);
  EXPECT_EQ(get("k"), "2");
}

TEST_F(WriteTest, AppendAndPrependKeepFlagsAndDeadlineAndTakeANewCas) {
  const auto cas = write("k", "b", {.client_flags = 7, .deadline = in(1000)}).cas;
  const auto receipt = write("k", "c", {.mode = WriteMode::append, .client_flags = 9});
  EXPECT_EQ(receipt.size, 2u);
  EXPECT_GT(receipt.cas, cas);
  EXPECT_EQ(write("k", "a", {.mode = WriteMode::prepend}).size, 3u);
  const auto seen = read("k");
  EXPECT_EQ(seen->value, "abc");
  EXPECT_EQ(seen->client_flags, 7u);
  EXPECT_EQ(seen->deadline, in(1000));
}

TEST_F(WriteTest, AppendOnAMissStoresNothingUnlessItVivifies) {
  EXPECT_EQ(write("k", "c", {.mode = WriteMode::append}).result, WriteResult::not_stored);
  EXPECT_EQ(write("k", "c", {.mode = WriteMode::append, .vivify = in(1000)}).result,
            WriteResult::stored);
  EXPECT_EQ(read("k")->deadline, in(1000));
}

TEST_F(WriteTest, AppendOfNothingStillRenewsTheCas) {
  const auto cas = write("k", "abc").cas;
  EXPECT_GT(write("k", "", {.mode = WriteMode::append}).cas, cas);
  EXPECT_EQ(get("k"), "abc");
}

TEST_F(WriteTest, AppendPastTheLargestValueKeepsTheOldOne) {
  options_.max_value_size = 10;
  write("k", "12345678");
  EXPECT_EQ(write("k", "901", {.mode = WriteMode::append}).result, WriteResult::too_large);
  EXPECT_EQ(get("k"), "12345678");
}

TEST_F(WriteTest, ComparesTheCas) {
  EXPECT_EQ(write("k", "1", {.compare_cas = 1}).result, WriteResult::not_found);
  const auto cas = write("k", "1").cas;
  EXPECT_EQ(write("k", "2", {.compare_cas = cas + 1}).result, WriteResult::exists);
  EXPECT_EQ(write("k", "2", {.compare_cas = cas}).result, WriteResult::stored);
  EXPECT_EQ(write("k", "3", {.compare_cas = cas}).result, WriteResult::exists);
  EXPECT_EQ(get("k"), "2");
}

TEST_F(WriteTest, AppendComparesTheCasToo) {
  const auto cas = write("k", "1").cas;
  EXPECT_EQ(write("k", "2", {.mode = WriteMode::append, .compare_cas = cas + 1}).result,
            WriteResult::exists);
  EXPECT_EQ(write("k", "2", {.mode = WriteMode::append, .compare_cas = cas}).result,
            WriteResult::stored);
}

TEST_F(WriteTest, TakesTheCasItIsGiven) {
  EXPECT_EQ(write("k", "1", {.new_cas = 1'000'000'000'000'000}).cas, 1'000'000'000'000'000u);
  EXPECT_EQ(read("k")->cas, 1'000'000'000'000'000u);
}

TEST_F(WriteTest, AnOlderCasMayStoreAStaleItem) {
  write("k", "1", {.deadline = in(1000), .new_cas = 100});
  const WriteOptions older{.deadline = in(9000), .compare_cas = 99, .store_stale = true};
  EXPECT_EQ(write("k", "2", older).result, WriteResult::stored);
  const auto seen = read("k");
  EXPECT_EQ(seen->value, "2");
  EXPECT_TRUE(seen->stale);
  EXPECT_EQ(seen->deadline, in(1000));
  const WriteOptions newer{.compare_cas = 1000, .store_stale = true};
  EXPECT_EQ(write("k", "3", newer).result, WriteResult::exists);
}

TEST_F(WriteTest, ATooLargeSetTakesTheOldValueAlong) {
  options_.max_value_size = 10;
  write("k", "1234567890");
  EXPECT_EQ(write("k", "12345678901").result, WriteResult::too_large);
  EXPECT_FALSE(get("k"));
}

TEST_F(WriteTest, ATooLargeAddOrReplaceKeepsTheOldValue) {
  options_.max_value_size = 10;
  write("k", "1");
  write("k", "12345678901", {.mode = WriteMode::replace});
  write("k", "12345678901", {.mode = WriteMode::add});
  EXPECT_EQ(get("k"), "1");
}

TEST_F(WriteTest, EvictsRatherThanRefuses) {
  options_.memory_limit = 5 * kMiB;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(write("k" + std::to_string(i), std::string(50'000, 'v')).result, WriteResult::stored);
  }
  EXPECT_EQ(get("k999"), std::string(50'000, 'v'));
  EXPECT_FALSE(get("k0"));
  EXPECT_GT(store().stats().evictions, 800u);
  EXPECT_LE(store().stats().memory_used, options_.memory_limit);
}

TEST_F(WriteTest, RefusesRatherThanEvictsWhenToldSo) {
  options_.memory_limit = 5 * kMiB;
  options_.evict = false;
  int stored = 0;
  for (int i = 0; i < 1000; ++i) {
    stored +=
        write("k" + std::to_string(i), std::string(50'000, 'v')).result == WriteResult::stored;
  }
  EXPECT_GT(stored, 70);
  EXPECT_LT(stored, 105);
  for (int i = 0; i < 70; ++i) EXPECT_TRUE(get("k" + std::to_string(i))) << i;
  EXPECT_GT(store().stats().no_memory, 0u);
  EXPECT_EQ(store().stats().evictions, 0u);
}

TEST_F(WriteTest, KeysOfAnyBytesAndEveryLength) {
  for (std::size_t n = 1; n <= kMaxKeySize; ++n) write(std::string(n, '\0'), std::to_string(n));
  for (std::size_t n = 1; n <= kMaxKeySize; ++n) {
    EXPECT_EQ(get(std::string(n, '\0')), std::to_string(n));
  }
}

}  // namespace
}  // namespace cocached::store
