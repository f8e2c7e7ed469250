#include "tests/store/store_fixture.hpp"

#include <algorithm>
#include <vector>

namespace cocached::store {
namespace {

/// A client that is being sent a value: from the store's memory, or from a copy.
struct Reader {
  std::optional<Pin> pin;
  std::string copy;
  std::string_view value;
};

class PinTest : public StoreTest {
 protected:
  static constexpr std::size_t kSmall = 2900;  // bytes; large enough to be pinned

  static std::string key_of(std::size_t i) { return "key" + std::to_string(i); }
  static std::string value_of(std::size_t i, std::size_t size = kSmall) {
    std::string value = key_of(i);
    value.resize(size, 'v');
    return value;
  }

  /// Items [first, last).
  void fill(std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i)
      ASSERT_EQ(write(key_of(i), value_of(i)).result, WriteResult::stored) << i;
  }

  Reader start_reading(std::string_view key) {
    Reader reader;
    store().read(Key(key), now_, {}, [&](const Hit& hit) {
      reader.pin = hit.try_pin();
      if (!reader.pin) reader.copy = hit.item.value;
      reader.value = reader.pin ? hit.item.value : std::string_view(reader.copy);
    });
    return reader;
  }

  std::size_t items() { return store().stats().items; }
};

// Their pins held all segments: 9 of 22,616 items were left.
TEST_F(PinTest, ReadersOfOneSmallValueEachDoNotEmptyTheCache) {
  options_.memory_limit = 64 * kMiB;
  constexpr std::size_t kReaders = 256;
  constexpr std::size_t kItems = 24'000;  // some more than fit
  fill(0, kItems);
  const std::size_t before = items();
  std::vector<Reader> readers;
  for (std::size_t i = 0; i < kReaders; ++i) {
    const std::size_t key = kItems - 1 - i * 80;
    readers.push_back(start_reading(key_of(key)));
    ASSERT_EQ(readers.back().value, value_of(key));
  }
  fill(kItems, kItems + before / 2);
  EXPECT_GT(items(), before * 9 / 10);
  for (std::size_t i = 0; i < kReaders; ++i)
    EXPECT_EQ(readers[i].value, value_of(kItems - 1 - i * 80));
}

// As above, but the pins are those of values that arrive slowly.
TEST_F(PinTest, SmallValuesOnTheirWayDoNotEmptyTheCache) {
  options_.memory_limit = 64 * kMiB;
  std::vector<Reservation> arriving;
  for (std::size_t i = 0; i < 24'000; ++i) {
    fill(i, i + 1);
    if (i % 90 != 0) continue;
    auto made = store().reserve(Key("new" + std::to_string(i)), now_, {}, kSmall);
    arriving.push_back(std::move(std::get<Reservation>(made)));
  }
  const std::size_t before = items();
  EXPECT_GT(before, 20'000u);
  fill(24'000, 36'000);
  EXPECT_GT(items(), before * 9 / 10);
  for (std::size_t i = 0; i < arriving.size(); ++i) {
    const std::string value = value_of(i);
    std::ranges::copy(value, arriving[i].value().begin());
    const std::string key(arriving[i].key());
    EXPECT_EQ(store().commit(std::move(arriving[i]), now_).result, WriteResult::stored);
    EXPECT_EQ(get(key), value);
  }
  EXPECT_EQ(store().stats().pinned_bytes, 0u);
}

TEST_F(PinTest, PastTheBoundPinsAreRefusedUntilOthersDrop) {
  options_.memory_limit = 16 * kMiB;  // segments of 128 KiB: 16 of them are an eighth
  fill(0, 2000);
  std::vector<Reader> readers;
  for (std::size_t i = 0; i < 2000; ++i) readers.push_back(start_reading(key_of(i)));
  const auto pinned = [](const Reader& reader) { return reader.pin.has_value(); };
  EXPECT_GE(std::ranges::count_if(readers, pinned), 16 * 40);
  EXPECT_LE(std::ranges::count_if(readers, pinned), 16 * 45);
  // Another pin on a segment that is pinned costs nothing.
  EXPECT_TRUE(start_reading(key_of(1)).pin);
  EXPECT_FALSE(start_reading(key_of(1999)).pin);
  readers.clear();
  EXPECT_TRUE(start_reading(key_of(1999)).pin);
}

// A copy would take as much as the pin holds.
TEST_F(PinTest, LargeValuesHaveAQuarterOfTheMemory) {
  options_.memory_limit = 16 * kMiB;
  for (std::size_t i = 0; i < 10; ++i) write(key_of(i), value_of(i, 1'000'000));
  std::vector<Reader> readers;
  for (std::size_t i = 0; i < 10; ++i) readers.push_back(start_reading(key_of(i)));
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(readers[i].pin.has_value(), i < 4) << i;
}

TEST_F(PinTest, ThePinnedSegmentIsNotEvictedWithItsItems) {
  options_.memory_limit = 8 * kMiB;
  fill(0, 2000);
  const Reader reader = start_reading(key_of(1900));
  ASSERT_TRUE(reader.pin);
  fill(2000, 20'000);
  EXPECT_EQ(reader.value, value_of(1900));
  EXPECT_EQ(get(key_of(1900)), value_of(1900));
  EXPECT_LE(store().stats().memory_used, store().memory_limit());
}

TEST_F(PinTest, ALoweredLimitEvictsNothingInVain) {
  options_.memory_limit = 16 * kMiB;
  fill(0, 3000);
  std::vector<Reader> readers;
  for (std::size_t i = 0; i < 3000; ++i) readers.push_back(start_reading(key_of(i)));
  store().set_memory_limit(1 * kMiB);
  for (std::size_t i = 0; i < 1000 && store().maintain(now_); ++i) {
  }
  EXPECT_GT(items(), 16u * 40);  // those in the pinned segments
  readers.clear();
  for (std::size_t i = 0; i < 1000 && store().maintain(now_); ++i) {
  }
  EXPECT_LE(store().stats().memory_used, 1 * kMiB);
  EXPECT_EQ(write("k", "v").result, WriteResult::stored);
}

// The old value was pinned while room was made for the new one, so both had to fit.
TEST_F(PinTest, ALargeValueReplacesOneThatLeavesNoRoomBesideIt) {
  options_.memory_limit = 3 * kMiB;
  options_.max_value_size = 2 * kMiB;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t size = 3 * kMiB / 2 + i * 10'000;
    ASSERT_EQ(write("k", value_of(i, size)).result, WriteResult::stored) << i;
    ASSERT_EQ(get("k"), value_of(i, size));
  }
}

}  // namespace
}  // namespace cocached::store
