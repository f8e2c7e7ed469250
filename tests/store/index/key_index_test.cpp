#include "store/index/key_index.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <random>
#include <unordered_map>
#include <vector>

#include <gtest/gtest.h>

namespace cocached::store {
namespace {

using Random = std::mt19937_64;

/// An index and what it should hold: the hash of each place.
class Checked {
 public:
  explicit Checked(std::uint64_t seed = 1) : random_(seed) {}

  KeyIndex index;

  bool insert(std::uint64_t hash) {
    if (index.wants_growth()) index.grow();
    const Place place{++last_place_};
    if (!index.insert(hash, place)) return false;
    position_.emplace(place, entries_.size());
    entries_.push_back({hash, place});
    return true;
  }

  void insert_random(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) ASSERT_TRUE(insert(random_()));
  }

  void erase_random() {
    const std::size_t victim = random_() % entries_.size();
    const Entry entry = entries_[victim];
    const Slot slot = index.find_place(entry.hash, entry.place);
    ASSERT_TRUE(slot);
    index.erase(slot);
    position_[entries_.back().place] = victim;
    std::swap(entries_[victim], entries_.back());
    entries_.pop_back();
    position_.erase(entry.place);
  }

  void erase_random(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) erase_random();
  }

  /// Every entry is found, by its hash and place; a scan gives exactly these; no other is found.
  void check(std::size_t scan_buckets = 64) {
    ASSERT_EQ(index.size(), entries_.size());
    for (const Entry& entry : entries_)
      ASSERT_EQ(index.find_place(entry.hash, entry.place).place(), entry.place);
    for (int i = 0; i < 1000; ++i)
      ASSERT_FALSE(index.find_place(random_(), Place{last_place_ + 1}));
    std::vector<Place> scanned;
    for (auto at = KeyIndex::kScanStart; at != KeyIndex::kScanEnd;)
      at = index.scan(at, scan_buckets, [&](Place place, unsigned) { scanned.push_back(place); });
    ASSERT_EQ(scanned.size(), entries_.size());
    for (const Place place : scanned) ASSERT_EQ(position_.erase(place), 1U);
    for (std::size_t i = 0; i < entries_.size(); ++i) position_[entries_[i].place] = i;
  }

  std::size_t size() const { return entries_.size(); }
  Random& random() { return random_; }

 private:
  struct Entry {
    std::uint64_t hash;
    Place place;
  };
  Random random_;
  std::vector<Entry> entries_;
  std::unordered_map<Place, std::size_t> position_;  ///< in entries_
  std::uint64_t last_place_ = 0;
};

TEST(KeyIndex, IsEmptyAtFirst) {
  KeyIndex index;
  EXPECT_EQ(index.size(), 0U);
  EXPECT_FALSE(index.find(7, [](Place) { return true; }));
  EXPECT_FALSE(index.find(0, [](Place) { return true; }));
  EXPECT_FALSE(index.wants_growth());
  EXPECT_FALSE(index.wants_shrinkage());
  EXPECT_FALSE(index.resizing());
}

TEST(KeyIndex, KeepsPlaceAndAccessCount) {
  KeyIndex index;
  constexpr Place kGreatest{(std::uint64_t{1} << kPlaceBits) - 1};
  ASSERT_TRUE(index.insert(~std::uint64_t{0}, kGreatest, 2));
  Slot slot = index.find_place(~std::uint64_t{0}, kGreatest);
  ASSERT_TRUE(slot);
  EXPECT_EQ(slot.access_count(), 2U);
  slot.touch();
  slot.touch();
  EXPECT_EQ(slot.access_count(), kMaxAccessCount);
  slot.set_place(Place{5});
  EXPECT_EQ(slot.place(), Place{5});
  EXPECT_EQ(slot.access_count(), kMaxAccessCount);
  slot.set_access_count(0);
  EXPECT_EQ(slot.access_count(), 0U);
  EXPECT_TRUE(index.find_place(~std::uint64_t{0}, Place{5}));
}

TEST(KeyIndex, AsksOnlyAboutEqualPrefixes) {
  KeyIndex index;
  ASSERT_TRUE(index.insert(std::uint64_t{1} << 34, Place{1}));
  ASSERT_TRUE(index.insert(std::uint64_t{2} << 34, Place{2}));
  ASSERT_TRUE(index.insert((std::uint64_t{2} << 34) + 1, Place{3}));
  std::vector<Place> asked;
  EXPECT_FALSE(index.find(std::uint64_t{2} << 34, [&](Place place) {
    asked.push_back(place);
    return false;
  }));
  std::sort(asked.begin(), asked.end());
  EXPECT_EQ(asked, (std::vector<Place>{Place{2}, Place{3}}));
}

TEST(KeyIndex, HashOfZerosIsNoEmptySlot) {
  KeyIndex index;
  ASSERT_TRUE(index.insert(0, Place{1}));
  ASSERT_TRUE(index.insert(1, Place{2}));
  EXPECT_TRUE(index.find_place(0, Place{1}));
  index.erase(index.find_place(0, Place{1}));
  EXPECT_FALSE(index.find_place(0, Place{1}));
  EXPECT_TRUE(index.find_place(1, Place{2}));
}

class IndexOfSize : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Sizes, IndexOfSize,
                         testing::Values(1, 100, 7'000, 7'500, 10'000, 50'000, 300'000));

TEST_P(IndexOfSize, HoldsWhatWasInserted) {
  Checked checked;
  checked.insert_random(GetParam());
  checked.check();
  EXPECT_GE(checked.index.capacity(), checked.size());
}

TEST_P(IndexOfSize, FollowsRandomInsertsAndErases) {
  Checked checked(GetParam());
  checked.insert_random(GetParam());
  for (int round = 0; round < 4; ++round) {
    for (std::size_t i = 0; i < GetParam() / 2; ++i) {
      checked.erase_random();
      checked.insert_random(1);
    }
    checked.check();
  }
}

TEST_P(IndexOfSize, ShrinksWhenEntriesGo) {
  Checked checked;
  checked.insert_random(GetParam());
  while (checked.index.step(1000)) {
  }
  const std::size_t full = checked.index.bytes();
  while (checked.size() > 0) {
    checked.erase_random(std::max<std::size_t>(1, checked.size() / 10));
    if (checked.index.wants_shrinkage()) checked.index.shrink();
    checked.index.step(100);
    if (checked.size() % 7 == 0) checked.check();
  }
  for (int i = 0; i < 100; ++i) {
    while (checked.index.step(1000)) {
    }
    if (checked.index.wants_shrinkage()) checked.index.shrink();
  }
  EXPECT_FALSE(checked.index.wants_shrinkage());
  EXPECT_EQ(checked.index.bytes(), KeyIndex().bytes());
  EXPECT_LE(checked.index.bytes(), full);
}

TEST(KeyIndex, IsRightAtEveryStepOfAResize) {
  Checked checked;
  checked.insert_random(7'000);
  checked.index.grow();
  while (checked.index.step(1)) {
    checked.erase_random(2);
    ASSERT_TRUE(checked.insert(checked.random()()));
    if (checked.random()() % 16 == 0) checked.check();
  }
  checked.check();
  EXPECT_EQ(checked.index.capacity(), 1152U * 8);
}

TEST(KeyIndex, GrowthKeepsAccessCounts) {
  KeyIndex index;
  for (std::uint64_t i = 1; i <= 6'000; ++i)
    ASSERT_TRUE(index.insert(i * 0x9E3779B97F4A7C15, Place{i}, i % 4));
  index.grow();
  while (index.step(7)) {
  }
  for (std::uint64_t i = 1; i <= 6'000; ++i)
    EXPECT_EQ(index.find_place(i * 0x9E3779B97F4A7C15, Place{i}).access_count(), i % 4);
}

TEST(KeyIndex, InsertsAloneFinishAGrowthBeforeTheNext) {
  Checked checked;
  std::size_t growths = 0;
  while (growths < 20) {
    if (checked.index.wants_growth()) {
      ++growths;
      ASSERT_FALSE(checked.index.resizing());
    }
    checked.insert_random(1);
    ASSERT_LE(checked.size() * 100, checked.index.capacity() * 91);
  }
}

TEST(KeyIndex, StaysBetweenNineAndTwelveBytesAnEntry) {
  Checked checked;
  while (checked.size() < 300'000) {
    checked.insert_random(1);
    if (checked.size() < 100'000 || checked.index.resizing()) continue;
    const double bytes_each =
        static_cast<double>(checked.index.bytes()) / static_cast<double>(checked.size());
    ASSERT_GT(bytes_each, 8.8);
    ASSERT_LT(bytes_each, 10.3);
  }
}

/// Below and above the size from which on a table is made of huge pages.
class IndexMemory : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Sizes, IndexMemory, testing::Values(20'000, 200'000, 1'300'000));

TEST_P(IndexMemory, ResizeTakesNoMoreThanItSaid) {
  Checked checked;
  std::size_t allowed = checked.index.bytes();
  while (checked.size() < GetParam()) {
    if (checked.index.wants_growth())
      allowed = checked.index.bytes() + checked.index.growth_bytes();
    checked.insert_random(1);
    ASSERT_LE(checked.index.bytes(), allowed);
  }
  while (checked.index.step(1)) ASSERT_LE(checked.index.bytes(), allowed);
  checked.erase_random(GetParam() / 2);
  ASSERT_TRUE(checked.index.wants_shrinkage());
  const std::size_t before = checked.index.bytes();
  allowed = before + checked.index.shrinkage_bytes();
  checked.index.shrink();
  while (checked.index.step(1)) ASSERT_LE(checked.index.bytes(), allowed);
  EXPECT_LT(checked.index.bytes(), before * 2 / 3);
}

// ---- scan ----

TEST(IndexScan, SeesEachEntryOnceWhileTheIndexResizes) {
  Random random(3);
  KeyIndex index;
  std::vector<std::uint64_t> hashes;
  const auto grow_by = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      if (index.wants_growth()) index.grow();
      hashes.push_back(random());
      ASSERT_TRUE(index.insert(hashes.back(), Place{hashes.size()}));
    }
  };
  grow_by(20'000);
  const std::size_t present_throughout = hashes.size();
  std::vector<int> seen(200'000);
  for (auto at = KeyIndex::kScanStart; at != KeyIndex::kScanEnd;) {
    at = index.scan(at, 64,
                    [&](Place place, unsigned) { ++seen.at(static_cast<std::size_t>(place)); });
    grow_by(400);
  }
  for (std::size_t place = 1; place <= present_throughout; ++place) ASSERT_EQ(seen[place], 1);
  EXPECT_LE(*std::max_element(seen.begin(), seen.end()), 1);
  EXPECT_GT(hashes.size(), 3 * present_throughout / 2);
}

// ---- hashes that are not uniform ----

TEST(IndexOfBadHashes, RefusesWhatIsTooCrowded) {
  Checked checked;
  while (checked.insert(0x1234'5678'9ABC'DEF0)) ASSERT_LT(checked.size(), 1000U);
  EXPECT_GE(checked.size(), 8U * 10);
  checked.check();
  checked.erase_random(1);
  EXPECT_TRUE(checked.insert(0x1234'5678'9ABC'DEF0));
  checked.check();
}

TEST(IndexOfBadHashes, CrowdsAtBothEnds) {
  for (const std::uint64_t hash : {std::uint64_t{0}, ~std::uint64_t{0}}) {
    Checked checked;
    while (checked.insert(hash)) ASSERT_LT(checked.size(), 1000U);
    checked.check();
    while (checked.size() > 0) checked.erase_random();
    checked.check();
  }
}

TEST(IndexOfBadHashes, LosesNothingInCrowdsThroughGrowthAndShrinkage) {
  for (const unsigned crowds : {1U, 3U, 50U, 1000U}) {
    Checked checked(crowds);
    for (int i = 0; i < 20'000; ++i) {
      const std::uint64_t crowd = checked.random()() % crowds * (~std::uint64_t{0} / crowds);
      static_cast<void>(checked.insert(crowd + (checked.random()() >> 24)));
      if (i % 5 == 0) checked.erase_random();
      if (i == 7'000 && !checked.index.resizing()) checked.index.grow();
    }
    checked.check();
    if (!checked.index.resizing()) checked.index.shrink();
    for (int i = 0; i < 10'000 && checked.index.step(3); ++i) {
    }
    checked.check();
    while (checked.size() > 0) checked.erase_random();
    checked.check();
  }
}

TEST(IndexOfBadHashes, AStuckResizeGoesOnWhenThereIsRoom) {
  Checked checked;
  checked.insert_random(20'000);
  while (checked.index.step(1000)) {
  }
  const std::uint64_t crowd = std::uint64_t{1} << 63;
  while (checked.insert(crowd)) {
  }
  checked.erase_random(15'000);
  checked.index.shrink();
  bool unfinished = true;
  for (int i = 0; i < 5'000 && unfinished; ++i) unfinished = checked.index.step(1);
  checked.check();
  while (unfinished && checked.size() > 0) {
    checked.erase_random();
    unfinished = checked.index.step(4000);
  }
  EXPECT_FALSE(unfinished);
  checked.check();
}

TEST(IndexOfBadHashes, KeysCrowdedAtOneEndDoNotMoveIntoASmallerTable) {
  KeyIndex index;
  Random random(7);
  std::vector<std::uint64_t> hashes(50'000);
  std::ranges::generate(hashes, std::ref(random));
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    if (index.wants_growth()) index.grow();
    ASSERT_TRUE(index.insert(hashes[i], Place{i + 1}));
  }
  while (index.step(1000)) {
  }
  // As one who walks over all keys and removes each.
  const std::size_t capacity = index.capacity();
  std::size_t erased = 0, surveys = 0;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    if (hashes[i] >> 62 == 3) continue;
    index.erase(index.find_place(hashes[i], Place{i + 1}));
    if (++erased % 100 != 0 || !index.wants_shrinkage()) continue;
    ++surveys;
    while (index.survey()) {
    }
    index.shrink();
    for (int turn = 0; turn < 10'000 && index.step(1000); ++turn) ASSERT_FALSE(index.stuck());
    ASSERT_FALSE(index.resizing());
  }
  EXPECT_GT(surveys, 0U);
  EXPECT_LE(surveys, 40U);
  EXPECT_LT(index.capacity(), capacity);
  for (std::size_t i = 0; i < hashes.size(); ++i)
    ASSERT_EQ(bool{index.find_place(hashes[i], Place{i + 1})}, hashes[i] >> 62 == 3);
}

TEST(IndexHint, MayBeUsedWhileTheIndexChanges) {
  Checked checked;
  const IndexHint& hint = checked.index.hint();
  for (int i = 0; i < 30'000; ++i) {
    hint.prefetch(checked.random()());
    checked.insert_random(1);
  }
}

}  // namespace
}  // namespace cocached::store
