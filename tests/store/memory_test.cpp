#include "tests/store/store_fixture.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <unordered_map>
#include <vector>

namespace cocached::store {
namespace {

/// A value that tells whose it is, and which of many.
std::string value_of(std::string_view key, std::uint64_t version, std::size_t size) {
  std::string value = std::string(key) + "/" + std::to_string(version) + "/";
  if (value.size() > size) return value;
  for (std::uint64_t x = version * 31 + size; value.size() < size;
       x = x * 6364136223846793005U + 1) {
    value += static_cast<char>('a' + (x >> 33) % 26);
  }
  return value;
}

class MemoryTest : public StoreTest {
 protected:
  void expect_bounded() {
    const StoreStats stats = store().stats();
    EXPECT_LE(stats.memory_used, store().memory_limit());
    EXPECT_LE(stats.live_bytes + stats.dead_bytes, stats.segment_bytes + stats.segment_size);
  }

  /// Stores `count` values of random size up to `max_size`; none may be refused.
  void fill(std::string_view prefix, std::size_t count, std::size_t max_size) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::string key = std::string(prefix) + std::to_string(i);
      const std::string value = value_of(key, i, random_() % max_size + 1);
      ASSERT_EQ(write(key, value).result, WriteResult::stored) << key;
      ASSERT_TRUE(get(key) == value) << key;
      if (i % 256 == 0) expect_bounded();
    }
    expect_bounded();
  }

  /// All but the last eighth.
  std::vector<std::string> most_keys_in_scan_order() {
    std::vector<std::string> keys;
    const auto note = [&](const ItemView& item) { keys.emplace_back(item.key); };
    for (ScanCursor cursor; store().scan(cursor, now_, 1000, note);) continue;
    keys.resize(keys.size() * 7 / 8);
    return keys;
  }

  std::mt19937_64 random_{42};
};

TEST_F(MemoryTest, SmallThenLargeThenSmallValuesNeverFail) {
  options_.memory_limit = 8 * kMiB;
  fill("s", 100'000, 100);
  fill("l", 100, kMiB);
  fill("m", 5'000, 20'000);
  fill("t", 100'000, 100);
}

TEST_F(MemoryTest, TheSmallestMemoryWorks) {
  options_.memory_limit = 2 * kMiB;
  options_.max_value_size = kMiB;
  fill("s", 50'000, 1000);
  fill("l", 100, kMiB);
  fill("t", 50'000, 1000);
}

TEST_F(MemoryTest, ManyShardsWithHugeValues) {
  options_.memory_limit = 64 * kMiB;
  options_.max_value_size = 32 * kMiB;
  fill("s", 100'000, 200);
  for (int i = 0; i < 8; ++i) {
    const std::string key = "huge" + std::to_string(i);
    ASSERT_EQ(write(key, std::string(30 * kMiB, 'h')).result, WriteResult::stored);
    ASSERT_EQ(get(key)->size(), 30 * kMiB);
    expect_bounded();
  }
  fill("t", 100'000, 200);
}

TEST_F(MemoryTest, TheLimitMovesBothWays) {
  options_.memory_limit = 64 * kMiB;
  fill("a", 400'000, 200);
  store().set_memory_limit(16 * kMiB);
  for (int i = 0; i < 10'000 && store().stats().memory_used > 16 * kMiB; ++i)
    store().maintain(now_);
  expect_bounded();
  EXPECT_GT(store().stats().items, 10'000u);
  store().set_memory_limit(64 * kMiB);
  fill("b", 400'000, 200);
  EXPECT_GT(store().stats().memory_used, 50 * kMiB);
}

// Segments that went were unmapped one by one: each gap divides a mapping of the kernel's, of which
// a process may have 65,530.
TEST_F(MemoryTest, ALoweredLimitLeavesFewGapsBetweenMappings) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer divides its own mappings with those of the program";
#endif
  options_.memory_limit = 256 * kMiB;
  options_.threads = 1;
  const auto mappings = [] {
    std::ifstream maps("/proc/self/maps");
    return std::count(std::istreambuf_iterator(maps), {}, '\n');
  };
  const auto before = mappings();
  for (std::size_t i = 0; i < 120'000; ++i) {  // two levels of segments, one beside the other
    write("small" + std::to_string(i), std::string(1'000, 's'));
    if (i % 40 == 0) write("large" + std::to_string(i), std::string(40'000, 'l'));
  }
  store().set_memory_limit(160 * kMiB);
  for (int i = 0; i < 10'000 && store().maintain(now_); ++i) {
  }
  EXPECT_LE(store().stats().memory_used, 160 * kMiB);
  EXPECT_LT(mappings() - before, 100);
}

// Numbers ran out, which looked like a lack of memory.
TEST_F(MemoryTest, TheLimitIsNotRaisedPastWhatSegmentsHaveNumbersFor) {
  options_.memory_limit = 64 * kMiB;
  const std::size_t most = store().max_memory_limit();
  EXPECT_GE(most, std::size_t{64} << 30);
  EXPECT_TRUE(store().set_memory_limit(most));
  EXPECT_FALSE(store().set_memory_limit(most + 1));
  EXPECT_EQ(store().memory_limit(), most);
  EXPECT_THROW(Store({.memory_limit = std::size_t{1} << 50, .threads = 1}), std::invalid_argument);
}

TEST_F(MemoryTest, WithoutEvictionNothingIsLostAndDeadMemoryIsUsedAgain) {
  options_.memory_limit = 4 * kMiB;
  options_.evict = false;
  std::unordered_map<std::string, std::string> model;
  std::size_t refused = 0;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    const std::string key = "key" + std::to_string(random_() % 40'000);
    const std::string value = value_of(key, i, random_() % 300);
    if (random_() % 3 == 0) {
      EXPECT_EQ(remove(key) == RemoveResult::removed, model.erase(key) == 1);
    } else if (write(key, value).result == WriteResult::stored) {
      model[key] = value;
    } else {
      ++refused;
      model.erase(key);  // a failed set takes the old value along
    }
  }
  expect_bounded();
  for (const auto& [key, value] : model) ASSERT_EQ(get(key), value) << key;
  EXPECT_EQ(store().stats().items, model.size());
  EXPECT_EQ(store().stats().evictions, 0u);
  EXPECT_GT(store().stats().live_bytes, 2 * kMiB);
  EXPECT_GT(refused, 0u);
}

TEST_F(MemoryTest, MaintenanceIsIdleAgainWhenKeysWereRemovedInTheOrderOfAScan) {
  options_.memory_limit = 16 * kMiB;
  for (int i = 0; i < 100'000; ++i) write("old" + std::to_string(i), "value");
  std::vector<std::string> keys;
  for (ScanCursor cursor; store().scan(
           cursor, now_, 1000, [&](const ItemView& item) { keys.emplace_back(item.key); });) {
  }
  keys.resize(keys.size() * 7 / 8);
  for (const std::string& key : keys) {
    remove(key);
    pass(1);
    store().maintain(now_);
  }
  int steps = 0;
  while (steps < 10'000 && store().maintain(now_)) ++steps;
  EXPECT_LT(steps, 10'000);
}

TEST_F(MemoryTest, NothingIsRefusedWhereTheIndexIsCrowdedAtOneEnd) {
  options_.memory_limit = 16 * kMiB;
  for (int i = 0; i < 100'000; ++i) write("old" + std::to_string(i), "value");
  for (const std::string& key : most_keys_in_scan_order()) remove(key);
  for (int i = 0; i < 100'000; ++i) {
    const std::string key = "new" + std::to_string(i);
    ASSERT_EQ(write(key, "value").result, WriteResult::stored) << i;
    ASSERT_EQ(get(key), "value");
  }
  // All items are there, except some of the last ones.
  EXPECT_GT(store().stats().items, 100'000u * 7 / 8);
}

TEST_F(MemoryTest, ItemsBornExpiredLeaveNothingToSweepForever) {
  for (int i = 0; i < 20'000; ++i) write("k" + std::to_string(i), "v", {.deadline = TimePoint{}});
  for (int tick = 0; tick < 100; ++tick) {
    pass(100);
    store().maintain(now_);
  }
  EXPECT_EQ(store().stats().items, 0u);
  const auto sweeps = store().stats().sweeps;
  for (int tick = 0; tick < 100; ++tick) {
    pass(100);
    store().maintain(now_);
  }
  EXPECT_LE(store().stats().sweeps, sweeps + 2);
}

TEST_F(MemoryTest, MostOfAFullCacheIsItems) {
  options_.memory_limit = 64 * kMiB;
  for (std::size_t i = 0; i < 1'000'000; ++i) {
    const std::string number = std::to_string(i);
    const std::string key = "key-" + std::string(16 - number.size(), '0') + number;
    ASSERT_EQ(write(key, std::string(100, 'v'), {.deadline = in(1'000'000)}).result,
              WriteResult::stored);
    if (i % 1000 == 0) store().maintain(now_);
  }
  const StoreStats stats = store().stats();
  const double overhead =
      static_cast<double>(stats.memory_limit) / static_cast<double>(stats.items) - 120;
  RecordProperty("overhead_bytes_per_item", std::to_string(overhead));
  EXPECT_LT(overhead, 32) << stats.items << " items, index " << stats.index_bytes << ", ghosts "
                          << stats.ghost_bytes << ", segments " << stats.segment_bytes << ", live "
                          << stats.live_bytes << ", dead " << stats.dead_bytes << ", used "
                          << stats.memory_used << ", seg " << sizeof(Segment);
}

/// Items of a TTL of 1 to 60 s, each with `per_mortal` immortal ones, in a store that is looked
/// after every 100 ms.
class ExpiryTest : public MemoryTest {
 protected:
  static constexpr std::size_t kMortals = 40'000;

  void fill_with(std::size_t per_mortal) {
    for (std::size_t i = 0; i < kMortals; ++i) {
      deadlines_.push_back(in(1000 + static_cast<std::int64_t>(random_() % 59'000)));
      const WriteOptions mortal{.deadline = deadlines_.back()};
      write("mortal" + std::to_string(i), std::string(100, 'm'), mortal);
      for (std::size_t n = 0; n < per_mortal; ++n) {
        write("immortal" + std::to_string(immortals_++), std::string(100, 'i'));
      }
    }
    std::ranges::sort(deadlines_);
  }

  /// Calls `visit(how many items expired two seconds ago)` every 100 ms, until all have.
  template <class Visit>
  void watch(Visit&& visit) {
    const auto late = [this] { return now_ - Duration{2000}; };
    while (late() <= deadlines_.back()) {
      pass(100);
      store().maintain(now_);
      visit(static_cast<std::size_t>(std::ranges::upper_bound(deadlines_, late()) -
                                     deadlines_.begin()));
    }
  }

  std::size_t immortals_held() {
    std::size_t held = 0;
    for (std::size_t i = 0; i < immortals_; ++i)
      held += get("immortal" + std::to_string(i)).has_value();
    return held;
  }

  std::vector<TimePoint> deadlines_;
  std::size_t immortals_ = 0;
};

TEST_F(ExpiryTest, ExpiredMemoryIsTakenBackWithinTwoSeconds) {
  options_.memory_limit = 64 * kMiB;
  fill_with(1);
  watch([this](std::size_t expired) { ASSERT_GE(store().stats().reclaimed, expired); });
  EXPECT_EQ(store().stats().items, immortals_);
}

/// A segment with one mortal item among thousands may be looked at later: its histogram knows a
/// deadline that is far away to a factor of two only.
TEST_F(ExpiryTest, AmongManyImmortalItemsToo) {
  constexpr std::size_t kLater = kMortals / 1000;
  options_.memory_limit = 128 * kMiB;
  fill_with(9);
  watch([this](std::size_t expired) { ASSERT_GE(store().stats().reclaimed + kLater, expired); });
  for (int i = 0; i < 700 && store().stats().items > immortals_; ++i) {
    pass(100);
    store().maintain(now_);
  }
  EXPECT_EQ(store().stats().items, immortals_);
}

TEST_F(ExpiryTest, NewItemsTakeTheMemoryOfExpiredOnesAndNoOther) {
  options_.memory_limit = 12 * kMiB;
  fill_with(1);
  ASSERT_EQ(store().stats().evictions, 0u);
  std::size_t added = 0;
  watch([&](std::size_t expired) {
    for (; added < expired; ++added) write("new" + std::to_string(added), std::string(100, 'n'));
  });
  EXPECT_EQ(added, kMortals);
  EXPECT_EQ(store().stats().evictions, 0u);
  EXPECT_EQ(immortals_held(), immortals_);
  RecordProperty("used", std::to_string(store().stats().memory_used));
}

TEST_F(MemoryTest, AFlushGivesAllMemoryBackInSteps) {
  options_.memory_limit = 32 * kMiB;
  fill("a", 100'000, 200);
  store().flush(now_);
  for (int i = 0; i < 10'000 && store().maintain(now_); ++i) {
  }
  const StoreStats stats = store().stats();
  EXPECT_EQ(stats.items, 0u);
  EXPECT_EQ(stats.live_bytes, 0u);
  EXPECT_LT(stats.segment_bytes, kMiB);
  EXPECT_EQ(stats.evictions, 0u);
}

// A segment that was half gone, by eviction or by the flush itself, stayed so until the next write.
TEST_F(MemoryTest, AFlushEmptiesTheSegmentThatIsJustLeaving) {
  options_.memory_limit = 8 * kMiB;
  for (const std::size_t keys : {100'000U, 100'100U, 100'200U}) {
    fill("a", keys, 200);
    EXPECT_GT(store().stats().evictions, 0u);
    store().flush(now_);
    for (int i = 0; i < 10'000 && store().maintain(now_); ++i) {
    }
    EXPECT_EQ(store().stats().items, 0u);
    EXPECT_EQ(store().stats().live_bytes, 0u);
  }
}

// Everything at random on few keys in little memory, beside a model that never forgets: a miss may
// be an eviction, but what is found must be right.
TEST_F(MemoryTest, FoundValuesAreRight) {
  options_.memory_limit = 3 * kMiB;
  std::unordered_map<std::string, std::string> model;
  struct Held {
    Pin pin;
    std::string_view bytes;
    std::string expected;
  };
  std::vector<Held> held;
  for (std::uint64_t i = 0; i < 150'000; ++i) {
    const std::string key = "key" + std::to_string(random_() % 20'000);
    const std::size_t size = random_() % 50 == 0 ? random_() % 60'000 : random_() % 400;
    switch (random_() % 16) {
      default: {
        const std::string value = value_of(key, i, size);
        const std::int64_t ttl =
            random_() % 3 == 0 ? 1 + static_cast<std::int64_t>(random_() % 3000) : 0;
        ASSERT_EQ(write(key, value, {.deadline = ttl != 0 ? in(ttl) : kNever}).result,
                  WriteResult::stored);
        model[key] = value;
        break;
      }
      case 0:
      case 1:
      case 2:
      case 3:
      case 4: {
        store().read(Key(key), now_, {}, [&](const Hit& hit) {
          ASSERT_EQ(hit.item.value, model[key]);
          if (random_() % 8 == 0) held.push_back({hit.pin(), hit.item.value, model[key]});
        });
        break;
      }
      case 5:
        remove(key);
        model.erase(key);
        break;
      case 6:
        if (write(key, "+tail", {.mode = WriteMode::append}).result == WriteResult::stored) {
          model[key] += "+tail";
        }
        break;
      case 7:
        if (write(key, "head+", {.mode = WriteMode::prepend}).result == WriteResult::stored) {
          model[key].insert(0, "head+");
        }
        break;
      case 8: {
        auto made = store().reserve(Key(key), now_, {}, size);
        auto* const reservation = std::get_if<Reservation>(&made);
        ASSERT_NE(reservation, nullptr);
        const std::string value = value_of(key, i, size).substr(0, size);
        std::ranges::copy(value, reservation->value().begin());
        if (random_() % 4 == 0) fill("fill", 20, 10'000);
        if (random_() % 3 == 0) break;
        ASSERT_EQ(store().commit(std::move(*reservation), now_).result, WriteResult::stored);
        model[key] = value;
        break;
      }
      case 9:
        read(key, {.touch = random_() % 2 == 0 ? in(2000) : kNever});
        break;
      case 10:
        pass(static_cast<std::int64_t>(random_() % 20));
        store().maintain(now_);
        break;
    }
    if (i % 20'000 == 19'999) store().flush(now_), model.clear();
    if (held.size() > 10) {
      for (const Held& h : held) ASSERT_EQ(h.bytes, h.expected);
      held.clear();
    }
    if (i % 4096 == 0) expect_bounded();
  }
}

}  // namespace
}  // namespace cocached::store
