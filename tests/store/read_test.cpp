#include "tests/store/store_fixture.hpp"

namespace cocached::store {
namespace {

using ReadTest = StoreTest;

TEST_F(ReadTest, MissesWhatWasNeverStored) {
  EXPECT_FALSE(read("k"));
  EXPECT_EQ(last_read_, ReadResult::not_found);
}

TEST_F(ReadTest, ShowsWhatWasStored) {
  write("k", "value", {.client_flags = 7, .deadline = in(1000), .binary_key = true});
  const auto seen = read("k");
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->value, "value");
  EXPECT_EQ(seen->client_flags, 7u);
  EXPECT_EQ(seen->deadline, in(1000));
  EXPECT_EQ(seen->cas, 1u);
  EXPECT_TRUE(seen->binary_key);
  EXPECT_EQ(seen->recache, Recache::none);
}

TEST_F(ReadTest, TellsWhetherAndWhenTheItemWasReadBefore) {
  write("k", "v");
  const TimePoint stored = now_;
  pass(3000);
  EXPECT_FALSE(read("k")->fetched);
  pass(2000);
  const auto second = read("k");
  EXPECT_TRUE(second->fetched);
  EXPECT_EQ(second->last_access, stored + Duration{3000});
}

TEST_F(ReadTest, WithoutBumpLeavesNoTrace) {
  write("k", "v");
  read("k", {.bump = false});
  EXPECT_FALSE(read("k")->fetched);
}

TEST_F(ReadTest, ExpiresAtItsDeadlineAndNotBefore) {
  write("k", "v", {.deadline = in(1000)});
  pass(999);
  EXPECT_EQ(get("k"), "v");
  pass(1);
  EXPECT_FALSE(get("k"));
  EXPECT_EQ(last_read_, ReadResult::expired);
  EXPECT_FALSE(get("k"));
  EXPECT_EQ(last_read_, ReadResult::not_found);
}

TEST_F(ReadTest, TouchMovesTheDeadlineAndKeepsTheCas) {
  const auto cas = write("k", "v", {.deadline = in(1000)}).cas;
  EXPECT_EQ(read("k", {.touch = in(5000)})->deadline, in(5000));
  pass(4999);
  EXPECT_EQ(read("k", {.touch = kNever})->cas, cas);
  pass(1'000'000);
  EXPECT_EQ(get("k"), "v");
  read("k", {.touch = in(10)});  // a deadline where there was none
  pass(10);
  EXPECT_FALSE(get("k"));
}

TEST_F(ReadTest, VivifyLetsTheFirstReaderWin) {
  const ReadOptions options{.vivify = in(1000), .claim = true};
  const auto first = read("k", options);
  EXPECT_EQ(last_read_, ReadResult::not_found);
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->created);
  EXPECT_EQ(first->recache, Recache::won);
  EXPECT_EQ(first->value, "");
  EXPECT_EQ(first->deadline, in(1000));
  const auto second = read("k", options);
  EXPECT_EQ(last_read_, ReadResult::hit);
  EXPECT_FALSE(second->created);
  EXPECT_EQ(second->recache, Recache::sent);
  pass(1000);
  EXPECT_FALSE(get("k"));
}

TEST_F(ReadTest, RecacheGoesToOneReaderWhenLittleIsLeft) {
  write("k", "v", {.deadline = in(30'000)});
  const ReadOptions options{.recache_below = Duration{20'000}, .claim = true};
  EXPECT_EQ(read("k", options)->recache, Recache::none);
  pass(10'001);
  EXPECT_EQ(read("k", options)->recache, Recache::won);
  EXPECT_EQ(read("k", options)->recache, Recache::sent);
  EXPECT_EQ(read("k")->recache, Recache::none);  // who doesn't claim is not told
  write("k", "new", {.deadline = in(30'000)});
  EXPECT_EQ(read("k", options)->recache, Recache::none);
}

TEST_F(ReadTest, AnImmortalItemIsNeverRecached) {
  write("k", "v");
  EXPECT_EQ(read("k", {.recache_below = Duration{99'999}, .claim = true})->recache, Recache::none);
}

TEST_F(ReadTest, AStaleItemIsWonByTheFirstThatClaimsIt) {
  write("k", "v");
  remove("k", {.mark_stale = true, .deadline = in(30'000)});
  EXPECT_TRUE(read("k")->stale);
  const auto first = read("k", {.claim = true});
  EXPECT_TRUE(first->stale);
  EXPECT_EQ(first->recache, Recache::won);
  const auto second = read("k", {.claim = true});
  EXPECT_TRUE(second->stale);
  EXPECT_EQ(second->recache, Recache::sent);
  write("k", "fresh");
  EXPECT_FALSE(read("k", {.claim = true})->stale);
}

TEST_F(ReadTest, APinKeepsTheBytesThroughEverything) {
  write("k", std::string(1000, 'a'));
  Pin pin;
  std::string_view value;
  store().read(Key("k"), now_, {}, [&](const Hit& hit) {
    pin = hit.pin();
    value = hit.item.value;
  });
  write("k", std::string(1000, 'b'));
  remove("k");
  store().flush(now_);
  for (int i = 0; i < 2000; ++i) write("x" + std::to_string(i), std::string(100'000, 'x'));
  EXPECT_EQ(value, std::string(1000, 'a'));
}

// The record got longer by the deadline, and the whole value was copied under the shard's lock.
/// The longer record finds no memory there.
TEST_F(ReadTest, NoItemOutlivesTheTouchOfAFullStoreWithoutEviction) {
  options_.evict = false;
  options_.memory_limit = 4 * kMiB;
  std::size_t keys = 0;
  while (write("k" + std::to_string(keys), std::string(100, 'v')).result == WriteResult::stored)
    ++keys;
  std::size_t held = 0;
  for (std::size_t i = 0; i < keys; ++i) {
    const std::string key = "k" + std::to_string(i);
    ASSERT_TRUE(read(key, {.touch = in(1000)})) << key;
    const auto seen = read(key);
    held += seen.has_value();
    if (seen) {
      ASSERT_EQ(seen->deadline, in(1000)) << key;
    }
  }
  EXPECT_GT(held, keys / 2);
}

TEST_F(ReadTest, AFirstTtlOfALargeValueCopiesNothing) {
  const auto address_of = [this](const ReadOptions& options) {
    const char* address = nullptr;
    store().read(Key("k"), now_, options, [&](const Hit& hit) { address = hit.item.value.data(); });
    return address;
  };
  for (const std::size_t size : {std::size_t{5'000}, kMiB}) {
    write("k", std::string(size, 'v'));
    const char* const before = address_of({});
    address_of({.touch = in(1000)});
    EXPECT_EQ(address_of({}), before);
    EXPECT_EQ(read("k")->deadline, in(1000));
    address_of({.touch = kNever});
    EXPECT_EQ(address_of({}), before);
    EXPECT_EQ(read("k")->deadline, kNever);
  }
}

TEST_F(ReadTest, ScanVisitsEachLiveItemOnce) {
  std::map<std::string, int, std::less<>> visited;
  for (int i = 0; i < 5000; ++i) write("k" + std::to_string(i), "v");
  write("dead", "v", {.deadline = in(1)});
  pass(1);
  ScanCursor cursor;
  while (store().scan(cursor, now_, 100,
                      [&](const ItemView& item) { ++visited[std::string(item.key)]; })) {
  }
  EXPECT_EQ(visited.size(), 5000u);
  for (const auto& [key, times] : visited) EXPECT_EQ(times, 1) << key;
}

}  // namespace
}  // namespace cocached::store
