#include "store/memory/epoch_marks.hpp"
#include "tests/store/store_fixture.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <thread>
#include <vector>

namespace cocached::store {
namespace {

class NamespaceTest : public StoreTest {
 protected:
  NamespaceStats stats(std::string_view name) {
    return store().namespace_stats(name).value_or(NamespaceStats{});
  }

  void maintain() {
    while (store().maintain(now_)) {
    }
  }

  /// Counts the items and bytes of a namespace with a walk over all items.
  NamespaceStats walk(std::string_view name) {
    NamespaceStats found;
    ScanCursor cursor;
    const auto count = [&](const ItemView& item) {
      if (item.key.substr(0, item.key.find(':')) != name) return;
      ++found.items;
      found.bytes += Record::size(
          {.client_flags = item.client_flags, .cas = item.cas, .deadline = item.deadline},
          item.key.size(), item.value.size());
    };
    while (store().scan(cursor, now_, 1000, count)) {
    }
    return found;
  }

  void expect_true(std::string_view name) {
    const auto found = walk(name);
    const auto known = stats(name);
    EXPECT_TRUE(known.complete) << name;
    EXPECT_EQ(known.items, found.items) << name;
    EXPECT_EQ(known.bytes, found.bytes) << name;
  }

  void fill(const std::string& prefix, int from, int to, std::size_t size) {
    for (int i = from; i < to; ++i)
      ASSERT_EQ(write(prefix + std::to_string(i), std::string(size, 'v')).result,
                WriteResult::stored);
  }
  std::size_t count_found(const std::string& prefix, int from, int to) {
    std::size_t found = 0;
    for (int i = from; i < to; ++i) found += get(prefix + std::to_string(i)).has_value();
    return found;
  }
};

// ---- flush ----

TEST_F(NamespaceTest, AFlushHidesWhatWasStoredBeforeAndNothingAfter) {
  write("a:1", "v");
  write("b:1", "v");
  write("a", "v");
  write("aa:1", "v");
  EXPECT_TRUE(store().flush_namespace("a", now_));
  write("a:2", "v");
  EXPECT_FALSE(get("a:1"));
  EXPECT_EQ(last_read_, ReadResult::flushed);
  EXPECT_TRUE(get("a:2"));
  EXPECT_TRUE(get("b:1"));
  EXPECT_TRUE(get("a"));
  EXPECT_TRUE(get("aa:1"));
}

TEST_F(NamespaceTest, AFlushedItemIsNoItem) {
  const auto cas = write("a:k", "1").cas;
  store().flush_namespace("a", now_);
  EXPECT_EQ(write("a:k", "2", {.mode = WriteMode::replace}).result, WriteResult::not_stored);
  EXPECT_EQ(write("a:k", "2", {.compare_cas = cas}).result, WriteResult::not_found);
  EXPECT_EQ(arithmetic("a:k").result, ArithmeticResult::not_found);
  EXPECT_EQ(remove("a:k"), RemoveResult::not_found);
  EXPECT_EQ(write("a:k", "2", {.mode = WriteMode::add}).result, WriteResult::stored);
}

TEST_F(NamespaceTest, AValueOfTheSameSizeAfterAFlushIsNew) {
  write("a:k", "1");
  store().flush_namespace("a", now_);
  write("a:k", "2");
  EXPECT_EQ(get("a:k"), "2");
  write("a:k", "3");  // over the other in place
  store().flush_namespace("a", now_);
  EXPECT_FALSE(get("a:k"));
}

TEST_F(NamespaceTest, FlushesOfManyNamespacesInTurnKeepTheirEdges) {
  options_.cas = false;
  for (int round = 0; round < 2000; ++round) {
    const std::string name = "n" + std::to_string(round % 7);
    write(name + ":old", "v");
    ASSERT_TRUE(store().flush_namespace(name, now_));
    write(name + ":new", "v");
    ASSERT_FALSE(get(name + ":old")) << round;
    ASSERT_TRUE(get(name + ":new")) << round;
  }
  EXPECT_EQ(stats("n0").generation, 286U);
}

TEST_F(NamespaceTest, AValueThatArrivedDuringAFlushIsStoredAfterIt) {
  for (const std::size_t size : {std::size_t{1000}, kMiB - 1}) {
    auto made = store().reserve(Key("a:k"), now_, {}, size);
    auto& reservation = std::get<Reservation>(made);
    std::ranges::fill(reservation.value(), 'v');
    store().flush_namespace("a", now_);
    EXPECT_EQ(store().commit(std::move(reservation), now_).result, WriteResult::stored);
    EXPECT_EQ(get("a:k"), std::string(size, 'v'));
    expect_true("a");
  }
}

TEST_F(NamespaceTest, AMovedItemIsNotRevived) {
  options_.memory_limit = 4 * kMiB;
  fill("a:", 0, 2000, 500);
  for (int i = 0; i < 3; ++i) count_found("a:", 0, 2000);  // worth keeping
  store().flush_namespace("a", now_);
  fill("b:", 0, 30'000, 500);  // makes all that was there leave
  EXPECT_EQ(count_found("a:", 0, 2000), 0U);
  expect_true("a");
}

TEST_F(NamespaceTest, AFlushHidesItemsMovedBeforeIt) {
  options_.memory_limit = 4 * kMiB;
  for (int round = 0; round < 20; ++round) {
    fill("a:", round * 100, round * 100 + 100, 500);
    count_found("a:", 0, 2000);
    fill("b:", round * 1000, round * 1000 + 1000, 500);
  }
  EXPECT_GT(store().stats().reinsertions + store().stats().promotions, 0U);
  store().flush_namespace("a", now_);
  EXPECT_EQ(count_found("a:", 0, 2000), 0U);
}

TEST_F(NamespaceTest, TheMemoryOfWhatWasFlushedComesBackByItself) {
  fill("a:", 0, 10'000, 500);
  fill("b:", 0, 1000, 500);
  const auto before = store().stats();
  store().flush_namespace("a", now_);
  for (int i = 0; i < 100; ++i) {
    pass(100);
    maintain();
  }
  const auto after = store().stats();
  EXPECT_EQ(after.items, 1000U);
  EXPECT_LT(after.segment_bytes, before.segment_bytes / 4);
  EXPECT_EQ(count_found("b:", 0, 1000), 1000U);
}

TEST_F(NamespaceTest, AFlushOfAllFlushesNamespaces) {
  store().set_namespace_quota("a", kMiB);
  write("a:1", "v");
  store().flush(now_);
  EXPECT_EQ(stats("a").items, 0U);
  write("a:2", "v");
  expect_true("a");
  EXPECT_EQ(stats("a").items, 1U);
}

TEST_F(NamespaceTest, AFlushOfAllLeavesNothingOfANamespaceFlushedBefore) {
  write("a:1", "v");
  store().flush_namespace("a", now_);
  write("a:2", "v");
  write("b:1", "v");
  store().flush(now_);
  EXPECT_FALSE(get("a:1"));
  EXPECT_FALSE(get("a:2"));
  EXPECT_FALSE(get("b:1"));
  write("a:1", "new");
  EXPECT_EQ(get("a:1"), "new");
}

TEST_F(NamespaceTest, ARestoredItemCountsAsStoredBeforeAFlush) {
  store().begin_restore();
  store().flush_namespace("a", now_);
  EXPECT_EQ(store().restore(Key("a:1"), now_, {.value = "v"}), WriteResult::not_stored);
  EXPECT_EQ(store().restore(Key("b:1"), now_, {.value = "v"}), WriteResult::stored);
  store().end_restore();
  EXPECT_FALSE(get("a:1"));
  EXPECT_TRUE(get("b:1"));
}

TEST_F(NamespaceTest, AKeyThatIsCalledLikeANamespaceIsNone) {
  store().begin_restore();
  write("a", "v");
  EXPECT_EQ(store().restore(Key("a:1"), now_, {.value = "v"}), WriteResult::stored);
  store().end_restore();
}

// ---- items and bytes ----

TEST_F(NamespaceTest, NobodyHasOneUntilItIsDefined) {
  write("a:1", "v");
  EXPECT_TRUE(store().namespaces().empty());
  EXPECT_FALSE(store().namespace_stats("a"));
}

TEST_F(NamespaceTest, ItemsFromBeforeItsDefinitionAreCounted) {
  options_.memory_limit = 64 * kMiB;
  fill("a:", 0, 3000, 100);
  fill("b:", 0, 3000, 100);
  store().set_namespace_quota("a", 32 * kMiB);
  fill("a:", 2000, 4000, 120);  // while they are counted
  for (int i = 0; i < 1000; ++i) remove("a:" + std::to_string(i));
  maintain();
  expect_true("a");
  EXPECT_EQ(stats("a").items, 3000U);
  store().track_all_namespaces(true);
  fill("c:", 0, 10, 100);
  maintain();
  expect_true("b");
  expect_true("c");
}

TEST_F(NamespaceTest, CountsStayTrueWhateverHappens) {
  options_.memory_limit = 8 * kMiB;
  options_.track_all_namespaces = true;
  constexpr std::array<std::string_view, 4> kNames{"a", "bb", "ccc", "d"};
  std::mt19937 engine{7};
  const auto random = [&engine] { return static_cast<std::uint32_t>(engine()); };
  for (int i = 0; i < 60'000; ++i) {
    const std::string key =
        std::string{kNames[random() % 4]} + ":" + std::to_string(random() % 20'000);
    const std::string value(random() % 10 == 0 ? random() % 20'000 : random() % 300, 'v');
    const TimePoint deadline = random() % 4 == 0 ? in(random() % 20'000) : kNever;
    switch (random() % 8) {
      case 0:
        remove(key);
        break;
      case 1:
        write(key, value, {.mode = WriteMode::append, .vivify = kNever});
        break;
      case 2:
        read(key, {.touch = deadline});
        break;
      case 3:
        arithmetic(key, {.vivify = deadline, .initial = random()});
        break;
      default:
        write(key, value, {.client_flags = random() % 2, .deadline = deadline});
    }
    pass(1);
    if (i % 7001 == 0) store().flush_namespace(kNames[random() % 4], now_);
    if (i % 15'013 == 0) store().flush(now_);
    if (i % 20'011 == 0) store().set_namespace_quota("bb", kMiB);
    if (i % 997 == 0) store().maintain(now_);
  }
  pass(60'000);
  for (int i = 0; i < 100; ++i) {  // until what has expired is found
    pass(1000);
    maintain();
  }
  while (walk("a").items + walk("bb").items + walk("ccc").items + walk("d").items <
         store().stats().items) {
    for (int i = 0; i < 20'000; ++i)
      for (const auto name : kNames) get(std::string{name} + ":" + std::to_string(i));
  }
  EXPECT_GT(store().stats().evictions, 0U);
  for (const auto name : kNames) expect_true(name);
}

TEST_F(NamespaceTest, CountsOperations) {
  options_.track_all_namespaces = true;
  write("a:1", "v", {.tally = true});
  write("a:1", "v");
  read("a:1", {.tally = true});
  read("a:2", {.tally = true});
  remove("a:1", {.tally = true});
  const auto a = stats("a");
  EXPECT_EQ(a.sets, 1U);
  EXPECT_EQ(a.gets, 2U);
  EXPECT_EQ(a.hits, 1U);
  EXPECT_EQ(a.deletes, 1U);
  store().reset_stats();
  EXPECT_EQ(stats("a").gets, 0U);
}

TEST_F(NamespaceTest, AKeyWithoutANameHasNone) {
  options_.track_all_namespaces = true;
  for (const auto* key : {"a", ":a", ":"}) read(key, {.tally = true});
  EXPECT_TRUE(store().namespaces().empty());
}

TEST_F(NamespaceTest, TheDelimiterCanBeChosen) {
  options_.delimiter = '/';
  options_.track_all_namespaces = true;
  read("a:b/c", {.tally = true});
  EXPECT_EQ(stats("a:b").gets, 1U);
}

TEST_F(NamespaceTest, TheLargestAreListedFirst) {
  options_.track_all_namespaces = true;
  write("small:1", "v");
  write("large:1", std::string(1000, 'v'));
  write("medium:1", std::string(100, 'v'));
  const auto largest = store().largest_namespaces(2);
  ASSERT_EQ(largest.size(), 2U);
  EXPECT_EQ(largest[0].name, "large");
  EXPECT_EQ(largest[1].name, "medium");
}

// ---- how many ----

TEST_F(NamespaceTest, ThereAreNoMoreThanSoMany) {
  options_.memory_limit = 32 * kMiB;  // one shard
  options_.track_all_namespaces = true;
  const std::size_t charged = store().stats().memory_used;
  int count = 0;
  do {
    write(std::to_string(count++) + ":", "v", {.tally = true});
  } while (store().namespace_stats(std::to_string(count - 1)));
  EXPECT_GT(count, 10'000);
  EXPECT_EQ(store().namespaces().size(), static_cast<std::size_t>(count - 1));
  maintain();
  EXPECT_LT(store().stats().memory_used - charged, 12 * kMiB);
  EXPECT_FALSE(store().flush_namespace("one more", now_));
  EXPECT_FALSE(store().set_namespace_quota("one more", 1000));
  EXPECT_TRUE(store().flush_namespace("7", now_));

  remove("8:");
  EXPECT_TRUE(store().flush_namespace("one more", now_));
  EXPECT_FALSE(store().namespace_stats("8"));
}

TEST_F(NamespaceTest, ThereAreAsManyAsInMemcachedWhereThereIsMemory) {
  options_.memory_limit = 512 * kMiB;
  options_.threads = 1;
  constexpr int kMax = NamespaceTable::kMaxNamespaces;
  store().set_namespace_quota("quota", 1000);
  for (int i = 1; i < kMax; ++i) write(std::to_string(i) + ":", "v");
  store().track_all_namespaces(true);
  maintain();
  EXPECT_EQ(store().namespaces().size(), std::size_t{kMax});
}

TEST_F(NamespaceTest, AnItemOfAForgottenNamespaceDoesNotComeBack) {
  options_.memory_limit = 64 * kMiB;
  write("old:1", "v");
  store().flush_namespace("old", now_);
  for (int i = 0; store().flush_namespace(std::to_string(i), now_); ++i)
    ASSERT_LT(i, int{NamespaceTable::kMaxNamespaces});
  // Every one has a flush that may still hide something.
  EXPECT_FALSE(store().flush_namespace("one more", now_));
  EXPECT_FALSE(get("old:1"));
  for (int i = 0; i < 20; ++i) {  // until what was flushed is gone
    pass(2000);
    maintain();
    fill("x", 0, 100, 30'000);
  }
  EXPECT_TRUE(store().flush_namespace("one more", now_));
  EXPECT_FALSE(get("old:1"));
}

// ---- quotas ----

TEST_F(NamespaceTest, AWriteOverItsQuotaEvictsItsOwnOldest) {
  options_.memory_limit = 48 * kMiB;  // one shard: ages are known within each
  store().set_namespace_quota("a", 100'000);
  fill("b:", 0, 1000, 100);
  for (int i = 0; i < 2000; ++i) {
    write("a:" + std::to_string(i), std::string(100, 'v'));
    ASSERT_LE(stats("a").bytes, 100'000U) << i;
  }
  expect_true("a");
  const auto a = stats("a");
  EXPECT_GT(a.bytes, 99'000U);
  EXPECT_EQ(a.evictions, 2000 - a.items);
  EXPECT_EQ(store().stats().evictions, a.evictions);
  EXPECT_GT(count_found("a:", static_cast<int>(2000 - a.items), 2000), a.items * 19 / 20);
  EXPECT_EQ(count_found("b:", 0, 1000), 1000U);
}

TEST_F(NamespaceTest, AReadItemStaysWithinAQuota) {
  store().set_namespace_quota("a", 100'000);
  write("a:hot", "v");
  fill("b:", 0, 6000, 500);  // it is read later than in the moment it was stored
  for (int i = 0; i < 5000; ++i) {
    write("a:" + std::to_string(i), std::string(100, 'v'));
    if (i % 100 != 0) continue;
    ASSERT_TRUE(get("a:hot")) << i;
  }
}

TEST_F(NamespaceTest, ItsAgeSurvivesCompaction) {
  options_.memory_limit = 8 * kMiB;
  store().set_namespace_quota("a", kMiB);
  for (int i = 0; i < 40'000; ++i) {
    write("a:" + std::to_string(i), std::string(100, 'v'));
    write("b:" + std::to_string(i % 50'000), std::string(100, 'v'));
    if (i % 500 == 0) maintain();
  }
  EXPECT_GT(store().stats().compacted_bytes, 0U);
  const int items = static_cast<int>(stats("a").items);
  EXPECT_GT(count_found("a:", 40'000 - items, 40'000), static_cast<std::size_t>(items) * 9 / 10);
  expect_true("a");
}

TEST_F(NamespaceTest, AQuotaIsOneForAllShards) {
  options_.memory_limit = 256 * kMiB;
  options_.threads = 4;
  store().set_namespace_quota("a", 3 * kMiB);
  for (int i = 0; i < 40; ++i) {
    const auto receipt = write("a:" + std::to_string(i), std::string(kMiB - 100, 'v'));
    ASSERT_EQ(receipt.result, WriteResult::stored);
    ASSERT_LE(stats("a").bytes, 3 * kMiB);
    ASSERT_TRUE(get("a:" + std::to_string(i)));
  }
  EXPECT_GT(store().stats().shards, 1U);
  EXPECT_EQ(stats("a").items, 3U);
}

TEST_F(NamespaceTest, AnItemLargerThanItsQuotaIsRefused) {
  store().set_namespace_quota("a", 1000);
  write("a:1", "v");
  EXPECT_EQ(write("a:1", std::string(1000, 'v')).result, WriteResult::too_large);
  EXPECT_FALSE(get("a:1"));  // nobody reads what was to be replaced
  write("a:1", "v");
  EXPECT_EQ(write("a:1", std::string(1000, 'v'), {.mode = WriteMode::append}).result,
            WriteResult::too_large);
  EXPECT_TRUE(get("a:1"));
  const auto made = store().reserve(Key("a:2"), now_, {}, 1000);
  EXPECT_EQ(std::get<WriteResult>(made), WriteResult::too_large);
}

TEST_F(NamespaceTest, WithoutEvictionAFullNamespaceRefuses) {
  options_.evict = false;
  store().set_namespace_quota("a", 1000);
  int stored = 0;
  while (write("a:" + std::to_string(stored), std::string(100, 'v')).result == WriteResult::stored)
    ++stored;
  EXPECT_EQ(write("a:x", std::string(100, 'v')).result, WriteResult::over_quota);
  EXPECT_GT(stored, 6);
  EXPECT_LE(stats("a").bytes, 1000U);
  EXPECT_EQ(write("a:0", std::string(100, 'w')).result,
            WriteResult::stored);  // no more than before
  EXPECT_EQ(count_found("a:", 0, stored), static_cast<std::size_t>(stored));
}

TEST_F(NamespaceTest, WithoutEvictionWhatWasFlushedMakesNoRoomInAQuota) {
  options_.evict = false;
  store().set_namespace_quota("a", 1000);
  write("a:0", std::string(900, 'v'));
  store().flush_namespace("a", now_);
  write("a:1", std::string(900, 'v'));
  EXPECT_EQ(write("a:0", std::string(900, 'v')).result, WriteResult::over_quota);
  EXPECT_LE(stats("a").bytes, 1000U);
}

TEST_F(NamespaceTest, ALoweredQuotaIsReachedInSteps) {
  store().set_namespace_quota("a", 8 * kMiB);
  fill("a:", 0, 20'000, 100);
  store().set_namespace_quota("a", kMiB);
  maintain();
  EXPECT_LE(stats("a").bytes, kMiB);
  expect_true("a");
  store().set_namespace_quota("a", 0);
  fill("a:", 0, 20'000, 100);
  EXPECT_GT(stats("a").bytes, 2 * kMiB);
  EXPECT_EQ(stats("a").quota, 0U);
}

TEST_F(NamespaceTest, AQuotaSetLaterCountsForWhatIsThere) {
  fill("a:", 0, 20'000, 100);
  store().set_namespace_quota("a", kMiB);
  maintain();
  EXPECT_LE(stats("a").bytes, kMiB);
  expect_true("a");
  fill("a:", 30'000, 31'000, 100);
  EXPECT_EQ(count_found("a:", 30'000, 31'000), 1000U);
}

TEST_F(NamespaceTest, MemoryStaysBoundedWithManyOverwrites) {
  options_.memory_limit = 8 * kMiB;
  store().set_namespace_quota("a", kMiB);
  for (int i = 0; i < 100'000; ++i) {
    write("a:" + std::to_string(i % 100), std::string(static_cast<std::size_t>(i % 90), 'v'));
    if (i % 1000 == 0) store().maintain(now_);
  }
  EXPECT_LE(store().stats().memory_used, 8 * kMiB);
  expect_true("a");
}

TEST_F(NamespaceTest, ThreadsCountAndFlushTogether) {
  options_.memory_limit = 64 * kMiB;
  options_.threads = 4;
  options_.track_all_namespaces = true;
  store().set_namespace_quota("q", 200'000);
  constexpr int kRounds = 3000;
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([this, t] {
        for (int i = 0; i < kRounds; ++i) {
          const std::string key = (i % 2 == 0 ? "q:" : "a:") + std::to_string(t * kRounds + i);
          store().write(Key(key), now_, {.tally = true}, std::string(100, 'v'));
          store().read(Key(key), now_, {.tally = true}, [](const Hit&) {});
        }
      });
    threads.emplace_back([this] {
      for (int i = 0; i < 50; ++i) {
        store().flush_namespace("f" + std::to_string(i % 3), now_);
        store().maintain(now_);
      }
    });
  }
  EXPECT_EQ(stats("a").sets + stats("q").sets, 3U * kRounds);
  EXPECT_EQ(stats("a").hits, 3U * kRounds / 2);
  EXPECT_LE(stats("q").bytes, 200'000U);
  expect_true("a");
  expect_true("q");
}

// ---- epochs ----

TEST(EpochMarksTest, TellEachRecordsEpoch) {
  EpochMarks marks;
  marks.begin(3);
  for (const auto& [offset, epoch] : {std::pair{0U, 3U}, {100U, 3U}, {200U, 5U}, {300U, 9U}}) {
    ASSERT_TRUE(marks.prepare(epoch, 65536));
    marks.note(offset, epoch);
  }
  EXPECT_EQ(marks.first(), 3U);
  EXPECT_EQ(marks.at(0), 3U);
  EXPECT_EQ(marks.at(199), 3U);
  EXPECT_EQ(marks.at(200), 5U);
  EXPECT_EQ(marks.at(299), 5U);
  EXPECT_EQ(marks.at(4000), 9U);
}

TEST(EpochMarksTest, AreBounded) {
  EpochMarks marks;
  marks.begin(0);
  std::uint32_t epoch = 0;
  while (marks.prepare(epoch + 1, 65536)) marks.note(10 * epoch, epoch + 1), ++epoch;
  EXPECT_EQ(epoch, 65536 / EpochMarks::kBytesPerMark);
  EXPECT_TRUE(marks.prepare(epoch, 65536));
}

}  // namespace
}  // namespace cocached::store
