#include "tests/store/store_fixture.hpp"

namespace cocached::store {
namespace {

using FlushTest = StoreTest;

TEST_F(FlushTest, HidesWhatWasStoredBeforeAndNothingAfter) {
  write("before", "v");
  store().flush(now_);
  write("after", "v");
  EXPECT_FALSE(get("before"));
  EXPECT_EQ(last_read_, ReadResult::flushed);
  EXPECT_TRUE(get("after"));
}

TEST_F(FlushTest, AFlushedItemIsNoItem) {
  const auto cas = write("k", "1").cas;
  store().flush(now_);
  EXPECT_EQ(write("k", "2", {.mode = WriteMode::replace}).result, WriteResult::not_stored);
  EXPECT_EQ(write("k", "2", {.compare_cas = cas}).result, WriteResult::not_found);
  EXPECT_EQ(arithmetic("k").result, ArithmeticResult::not_found);
  EXPECT_EQ(remove("k"), RemoveResult::not_found);
  EXPECT_EQ(write("k", "2", {.mode = WriteMode::add}).result, WriteResult::stored);
}

TEST_F(FlushTest, ADelayedFlushTakesEffectAtItsMoment) {
  store().flush_at(in(1000));
  write("early", "v");
  pass(999);
  write("late", "v");
  EXPECT_TRUE(get("early"));
  pass(1);
  write("after", "v");
  EXPECT_FALSE(get("early"));
  EXPECT_FALSE(get("late"));
  EXPECT_TRUE(get("after"));
  pass(5000);
  EXPECT_TRUE(get("after"));  // once only
}

TEST_F(FlushTest, ALaterDelayReplacesAnEarlierOne) {
  write("k", "v");
  store().flush_at(in(1000));
  store().flush_at(in(2000));
  pass(1500);
  EXPECT_TRUE(get("k"));
  pass(500);
  EXPECT_FALSE(get("k"));
}

}  // namespace
}  // namespace cocached::store
