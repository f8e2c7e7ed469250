#include "store/eviction/record_credit.hpp"

#include <gtest/gtest.h>

namespace cocached::store {
namespace {

/// One item of each of two classes.
void evict_both(RecordCredit& credit) {
  credit.note_eviction(1, 4096, 400 * 4096);
  credit.note_eviction(8, 4096, 400 * 4096);
}

TEST(RecordCredit, OneUseOf4096BytesIsWorthOne) {
  const RecordCredit credit;
  EXPECT_DOUBLE_EQ(RecordCredit::value(credit.level(1, 4096)), 1);
  EXPECT_DOUBLE_EQ(RecordCredit::value(credit.level(4, 4096)), 4);
  EXPECT_DOUBLE_EQ(RecordCredit::value(credit.level(8, 4 * 4096)), 1);
}

TEST(RecordCredit, FallsWithSizeAndRisesWithFrequency) {
  const RecordCredit credit;
  unsigned last = RecordCredit::kLevels;
  for (std::size_t size = 10; size < std::size_t{1} << 30; size *= 2) {
    EXPECT_LE(credit.level(1, size), last);
    EXPECT_GE(credit.level(15, size), credit.level(1, size));
    last = credit.level(1, size);
  }
}

TEST(RecordCredit, AClassThatComesBackMoreOftenIsWorthMore) {
  RecordCredit credit;
  const unsigned before = credit.level(8, 4096);
  for (int i = 0; i < 100'000; ++i) {
    evict_both(credit);
    credit.take_back(8, 0);
    if (i % 10 == 0) credit.take_back(1, 0);
  }
  EXPECT_GT(credit.level(8, 4096), before);
  EXPECT_EQ(credit.level(1, 4096), RecordCredit().level(1, 4096));  // what others are measured by
}

TEST(RecordCredit, ClassesThatComeBackEquallyStayAsTheyAre) {
  RecordCredit credit;
  const unsigned before = credit.level(2, 3000);
  for (unsigned i = 0; i < 100'000; ++i) {
    const unsigned frequency = i % 3 == 0 ? 8 : i % 3;
    credit.note_eviction(frequency, 4096, 400 * 4096);
    if (i % 7 == 0) credit.take_back(frequency, 0);
  }
  EXPECT_EQ(credit.level(2, 3000), before);
}

TEST(RecordCredit, AReturningRecordHasOneUseMoreThanTheGhostsUnfadedOnes) {
  RecordCredit credit;
  EXPECT_EQ(credit.take_back(1, 0), 2U);
  EXPECT_EQ(credit.take_back(1, 0.9F), 2U);
  EXPECT_EQ(credit.take_back(8, 0), 9U);
  EXPECT_EQ(credit.take_back(8, 0.5F), 7U);
  EXPECT_EQ(credit.take_back(8, 1), 5U);
  EXPECT_EQ(credit.take_back(15, 0), 15U);
}

TEST(RecordCredit, AReturnAfterALongTimeSaysNothing) {
  RecordCredit credit;
  const unsigned before = credit.level(8, 4096);
  for (int i = 0; i < 100'000; ++i) {
    evict_both(credit);
    credit.take_back(8, 0.5F);
  }
  EXPECT_EQ(credit.level(8, 4096), before);
}

}  // namespace
}  // namespace cocached::store
