#include "store/memory/record.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cocached::store {
namespace {

constexpr TimePoint kNow{Duration{5'000'000}};

/// A record in memory of exactly its size.
class Encoded {
 public:
  Encoded(const ItemHeader& header, std::string_view key, std::size_t value, unsigned frequency = 1)
      : bytes_(Record::size(header, key.size(), value), '?'), record_(bytes_.data()) {
    record_.encode(header, frequency, key.size(), value);
    std::copy(key.begin(), key.end(), record_.key_data());
  }
  Record& operator*() { return record_; }
  Record* operator->() { return &record_; }
  std::size_t size() const { return bytes_.size(); }

 private:
  std::vector<char> bytes_;
  Record record_;
};

TEST(Record, WithTtlAndCasHasEighteenBytesBeforeItsKey) {
  EXPECT_EQ(Record::prefix_size({.cas = 1, .deadline = kNow}, 100), 18u);
  EXPECT_EQ(Record::prefix_size({}, 100), 8u);
  EXPECT_EQ(Record::prefix_size({.client_flags = 1}, 100), 12u);
  EXPECT_EQ(Record::prefix_size({.cas = std::uint64_t{1} << 40}, 100), 16u);
  EXPECT_EQ(Record::prefix_size({}, 4095), 8u);
  EXPECT_EQ(Record::prefix_size({}, 4096), 13u);
  EXPECT_EQ(Record::prefix_size({}, 512 << 10), 15u);
}

TEST(Record, GivesBackWhatWasWritten) {
  for (const std::uint64_t cas : {std::uint64_t{0}, std::uint64_t{77}, (std::uint64_t{1} << 40) - 1,
                                  std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    for (const std::uint32_t flags : {0u, 1u, 0xffffffffu}) {
      for (const TimePoint deadline : {kNever, kNow, TimePoint{Duration{0}}}) {
        const ItemHeader header{.client_flags = flags,
                                .cas = cas,
                                .deadline = deadline,
                                .last_access = kNow - Duration{3'000},
                                .fetched = cas % 2 == 0,
                                .stale = flags == 1,
                                .win_sent = cas == 77,
                                .binary_key = deadline == kNow};
        Encoded record(header, "some key", 50, 9);
        const ItemHeader read = record->header(kNow);
        EXPECT_EQ(read.client_flags, flags);
        EXPECT_EQ(read.cas, cas);
        EXPECT_EQ(read.deadline, deadline);
        EXPECT_EQ(record->deadline(), deadline);
        EXPECT_EQ(read.last_access, header.last_access);
        EXPECT_EQ(read.fetched, header.fetched);
        EXPECT_EQ(read.stale, header.stale);
        EXPECT_EQ(read.win_sent, header.win_sent);
        EXPECT_EQ(read.binary_key, header.binary_key);
        EXPECT_EQ(record->key(), "some key");
        EXPECT_EQ(record->value().size(), 50u);
        EXPECT_EQ(record->size(), record.size());
        EXPECT_EQ(record->frequency(), 9u);
        EXPECT_FALSE(record->dead());
      }
    }
  }
}

TEST(Record, ALargeValueGetsAndLosesItsDeadlineInPlace) {
  ItemHeader header{.cas = 3};
  Encoded record(header, "key", 1 << 20);
  EXPECT_EQ(record->deadline(), kNever);
  EXPECT_EQ(record->header(kNow).deadline, kNever);
  header.deadline = kNow;
  EXPECT_EQ(Record::prefix_size(header, 1 << 20), record->prefix_size());
  record->encode(header, 1, 3, 1 << 20);
  EXPECT_EQ(record->deadline(), kNow);
  EXPECT_EQ(record->key(), "key");
}

TEST(Record, HoldsAnySizeOfKeyAndValue) {
  for (const std::size_t key : {std::size_t{1}, std::size_t{250}}) {
    for (const std::size_t value :
         {std::size_t{0}, (std::size_t{1} << 19) - 1, std::size_t{1} << 19, std::size_t{1} << 22}) {
      Encoded record({.cas = 5}, std::string(key, 'k'), value);
      EXPECT_EQ(record->key().size(), key);
      EXPECT_EQ(record->value().size(), value);
      EXPECT_EQ(record->size(), record.size());
    }
  }
}

TEST(Record, HasRoomForAGibibyte) {
  std::vector<char> prefix(64);
  Record record(prefix.data());
  record.encode({}, 1, 3, std::size_t{1} << 30);
  EXPECT_EQ(record.value().size(), std::size_t{1} << 30);
}

TEST(Record, ADeadlineBeforeTheServersTimeIsItsBeginning) {
  Encoded record({.deadline = TimePoint{Duration{-5}}}, "k", 1);
  EXPECT_EQ(record->deadline(), TimePoint{});
}

TEST(Record, MarksChangeNothingElse) {
  Encoded record({.cas = 5, .deadline = kNow, .last_access = kNow}, "key", 10);
  record->set_dead(true);
  EXPECT_TRUE(record->dead());
  record->set_dead(false);
  record->set_frequency(15);
  const TimePoint later = kNow + Duration{60'000};
  record->note_access(later);
  const ItemHeader header = record->header(later);
  EXPECT_FALSE(record->dead());
  EXPECT_TRUE(header.fetched);
  EXPECT_EQ(header.last_access, later);
  EXPECT_EQ(header.cas, 5u);
  EXPECT_EQ(header.deadline, kNow);
  EXPECT_EQ(record->frequency(), 15u);
  EXPECT_EQ(record->key(), "key");
}

}  // namespace
}  // namespace cocached::store
