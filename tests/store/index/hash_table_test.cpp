#include "store/index/hash_table.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace cocached::store {
namespace {

struct Entry {
  std::uint32_t prefix;
  std::uint64_t word;
  auto operator<=>(const Entry&) const = default;
};

std::vector<Entry> random_entries(std::size_t count, std::uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  std::vector<Entry> entries(count);
  for (std::size_t i = 0; i < count; ++i) entries[i] = {prefix_of(random()), i + 1};
  return entries;
}

void fill(HashTable& table, const std::vector<Entry>& entries) {
  for (const Entry& entry : entries) ASSERT_TRUE(table.insert(entry.prefix, entry.word));
}

void erase(HashTable& table, const Entry& entry) {
  const auto same = [&](Place place) { return place == Place{entry.word}; };
  const Slot slot = table.find(entry.prefix, same);
  ASSERT_TRUE(slot);
  table.erase(slot);
}

std::vector<Entry> contents(const HashTable& table, std::uint32_t first = 0,
                            std::uint32_t end = kPrefixEnd) {
  std::vector<Entry> entries;
  table.for_each(first, end, [&](std::uint32_t prefix, std::uint64_t word) {
    entries.push_back({prefix, static_cast<std::uint64_t>(slot_word::place(word))});
    return true;
  });
  return entries;
}

/// How many entries are how many buckets away from home.
std::vector<std::size_t> displacements(const HashTable& table) {
  std::vector<std::size_t> counts(table.max_displacement() + 1);
  const IndexBucket* bucket = table.data();
  std::size_t slot = 0;
  table.for_each(0, kPrefixEnd, [&](std::uint32_t prefix, std::uint64_t word) {
    while (slot == kBucketSlots || bucket->words[slot] == slot_word::kEmpty) {
      ++bucket;
      slot = 0;
    }
    EXPECT_EQ(bucket->words[slot++], word);
    ++counts.at(static_cast<std::size_t>(bucket - table.data()) - table.home(prefix));
    return true;
  });
  return counts;
}

constexpr std::size_t entries_at(double load, std::uint32_t buckets) {
  return static_cast<std::size_t>(load * buckets * kBucketSlots);
}

TEST(BucketTest, EqualTagsWhateverElseIsInTheWords) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 1000; ++round) {
    const auto tag = static_cast<std::uint32_t>(random()) & ((1U << slot_word::kTagBits) - 1);
    IndexBucket bucket;
    unsigned expected = 0;
    for (unsigned i = 0; i < kBucketSlots; ++i) {
      const auto near =
          tag ^ static_cast<std::uint32_t>(random() % 2 << random() % slot_word::kTagBits);
      bucket.words[i] = slot_word::with_tag(random(), near);
      expected |= static_cast<unsigned>(near == tag) << i;
    }
    EXPECT_EQ(bucket.equal_tags(tag), expected);
  }
}

TEST(BucketTest, EmptySlotsHaveTagZero) {
  IndexBucket bucket{};
  bucket.words[0] = slot_word::with_tag(1, 5);
  EXPECT_EQ(bucket.equal_tags(0), 0b11111110U);
  EXPECT_EQ(bucket.equal_tags(5), 1U);
}

TEST(HashTable, HomesAreInTheOrderOfPrefixes) {
  for (const std::uint32_t buckets : {1024U, 1025U, 1300U, 65535U}) {
    const HashTable table(buckets);
    EXPECT_EQ(table.home(0), 0U);
    EXPECT_EQ(table.home(kPrefixEnd - 1), buckets - 1);
    for (std::uint32_t bucket = 1; bucket < buckets; ++bucket) {
      EXPECT_EQ(table.home(table.first_prefix(bucket)), bucket);
      EXPECT_EQ(table.home(table.first_prefix(bucket) - 1), bucket - 1);
    }
    EXPECT_EQ(table.first_prefix(buckets), kPrefixEnd);
  }
}

TEST(HashTable, IsSortedAndKnowsWholePrefixes) {
  for (const std::uint32_t buckets : {1024U, 1025U, 1999U, 20'000U}) {
    HashTable table(buckets);
    auto entries = random_entries(entries_at(0.9, buckets), buckets);
    fill(table, entries);
    const auto held = contents(table);
    EXPECT_TRUE(std::is_sorted(held.begin(), held.end(),
                               [](const Entry& a, const Entry& b) { return a.prefix < b.prefix; }));
    auto held_sorted = held;
    std::sort(held_sorted.begin(), held_sorted.end());
    std::sort(entries.begin(), entries.end());
    EXPECT_EQ(held_sorted, entries);
  }
}

TEST(HashTable, LiesAsIfWhatWasErasedHadNeverBeen) {
  const auto entries = random_entries(entries_at(0.9, 2000));
  const auto kept = std::vector<Entry>(entries.begin(), entries.begin() + 9'000);
  HashTable table(2000), never_more(2000);
  fill(table, entries);
  std::for_each(entries.begin() + 9'000, entries.end(), [&](const Entry& e) { erase(table, e); });
  fill(never_more, kept);
  EXPECT_EQ(displacements(table), displacements(never_more));
  const auto words = [](const HashTable& t) { return contents(t); };
  EXPECT_EQ(words(table), words(never_more));
}

TEST(HashTable, AppendingGivesWhatInsertingGives) {
  const HashTable source = [] {
    HashTable made(3000);
    fill(made, random_entries(entries_at(0.9, 3000)));
    return made;
  }();
  for (const std::uint32_t buckets : {2800U, 3375U}) {
    HashTable inserted(buckets), appended(buckets);
    fill(inserted, contents(source));
    for (std::uint32_t first = 0; first < kPrefixEnd; first += kPrefixEnd / 64) {
      HashTable::Appender appender(appended, first);
      for (const Entry& entry : contents(source, first, first + kPrefixEnd / 64))
        ASSERT_TRUE(appender.insert(entry.prefix, entry.word));
    }
    EXPECT_EQ(contents(appended), contents(inserted));
    EXPECT_EQ(displacements(appended), displacements(inserted));
  }
}

TEST(HashTable, EntriesAreNearHomeEvenAtALoadOf90PerCent) {
  constexpr std::uint32_t kBuckets = 100'000;
  HashTable table(kBuckets);
  fill(table, random_entries(entries_at(0.9, kBuckets)));
  const auto counts = displacements(table);
  const std::size_t far = static_cast<std::size_t>(
      std::find_if(counts.rbegin(), counts.rend(), [](auto n) { return n > 0; }) - counts.rbegin());
  EXPECT_LT(counts.size() - 1 - far, 14U);
  EXPECT_GT(counts[0], entries_at(0.55, kBuckets));
  EXPECT_GT(counts[0] + counts[1], entries_at(0.8, kBuckets));
}

TEST(HashTable, RefusesWithoutAChange) {
  HashTable table(1024);
  constexpr std::uint32_t kPrefix = kPrefixEnd / 2 + 1;
  std::uint64_t word = 0;
  while (table.insert(kPrefix, ++word)) ASSERT_LE(word, (table.max_displacement() + 1) * 8U);
  EXPECT_EQ(word, (table.max_displacement() + 1) * 8U + 1);
  const auto before = contents(table);
  EXPECT_FALSE(table.insert(kPrefix - 1, word));  // would push one out
  EXPECT_EQ(contents(table), before);
  EXPECT_TRUE(table.insert(kPrefix + kPrefixEnd / 1024 * 2, word));
}

TEST(HashTable, ReleasesWhatIsBehind) {
  HashTable table(100'000);
  fill(table, random_entries(100'000));
  const std::size_t whole = table.bytes();
  table.release_before(50'000);
  EXPECT_LE(whole - table.bytes(), 50'000 * sizeof(IndexBucket));
  EXPECT_GE(whole - table.bytes() + table.release_grain(), 50'000 * sizeof(IndexBucket));
  const auto rest = contents(table, table.first_prefix(50'000));
  EXPECT_NEAR(static_cast<double>(rest.size()), 50'000, 1'000);
}

}  // namespace
}  // namespace cocached::store
