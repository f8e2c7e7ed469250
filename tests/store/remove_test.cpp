#include "tests/store/store_fixture.hpp"

namespace cocached::store {
namespace {

using RemoveTest = StoreTest;

TEST_F(RemoveTest, TakesTheItemAway) {
  EXPECT_EQ(remove("k"), RemoveResult::not_found);
  write("k", "v");
  EXPECT_EQ(remove("k"), RemoveResult::removed);
  EXPECT_FALSE(get("k"));
}

TEST_F(RemoveTest, AnExpiredItemIsNotFound) {
  write("k", "v", {.deadline = in(1)});
  pass(1);
  EXPECT_EQ(remove("k"), RemoveResult::not_found);
}

TEST_F(RemoveTest, ComparesTheCas) {
  const auto cas = write("k", "v").cas;
  EXPECT_EQ(remove("k", {.compare_cas = cas + 1}), RemoveResult::exists);
  EXPECT_EQ(remove("k", {.compare_cas = cas}), RemoveResult::removed);
}

TEST_F(RemoveTest, MarkingStaleKeepsTheItemWithANewCas) {
  const auto cas = write("k", "v", {.client_flags = 3}).cas;
  EXPECT_EQ(remove("k", {.mark_stale = true, .deadline = in(30)}), RemoveResult::removed);
  const auto seen = read("k");
  EXPECT_EQ(seen->value, "v");
  EXPECT_EQ(seen->client_flags, 3u);
  EXPECT_TRUE(seen->stale);
  EXPECT_GT(seen->cas, cas);
  EXPECT_EQ(seen->deadline, in(30));
}

TEST_F(RemoveTest, MarkingStaleAgainLetsTheNextReaderWin) {
  write("k", "v");
  remove("k", {.mark_stale = true});
  read("k", {.claim = true});
  remove("k", {.mark_stale = true});
  EXPECT_EQ(read("k", {.claim = true})->recache, Recache::won);
}

TEST_F(RemoveTest, ClearingTheValueKeepsTheDeadline) {
  write("k", "v", {.client_flags = 3, .deadline = in(30)});
  EXPECT_EQ(remove("k", {.clear_value = true}), RemoveResult::removed);
  const auto seen = read("k");
  EXPECT_EQ(seen->value, "");
  EXPECT_EQ(seen->client_flags, 0u);
  EXPECT_EQ(seen->deadline, in(30));
  EXPECT_FALSE(seen->stale);
}

TEST_F(RemoveTest, ATombstoneIsEmptyAndStaleWithTheCasItWasGiven) {
  write("k", "v");
  remove("k", {.new_cas = 77, .mark_stale = true, .clear_value = true, .deadline = in(30)});
  const auto seen = read("k");
  EXPECT_EQ(seen->value, "");
  EXPECT_TRUE(seen->stale);
  EXPECT_EQ(seen->cas, 77u);
  EXPECT_EQ(seen->deadline, in(30));
}

}  // namespace
}  // namespace cocached::store
