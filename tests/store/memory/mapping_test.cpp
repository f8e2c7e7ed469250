#include "store/memory/mapping.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <sys/mman.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace cocached::store {
namespace {

std::size_t resident_bytes(const Mapping& mapping) {
  std::vector<unsigned char> pages(mapping.size() / Mapping::page_size());
  if (mincore(mapping.data(), mapping.size(), pages.data()) != 0) return 0;
  const auto resident = std::count_if(pages.begin(), pages.end(), [](auto p) { return p & 1; });
  return static_cast<std::size_t>(resident) * Mapping::page_size();
}

void touch(const Mapping& mapping, std::size_t begin, std::size_t end) {
  std::fill(mapping.data() + begin, mapping.data() + end, std::byte{1});
}

TEST(Mapping, IsEmptyAtFirst) {
  const Mapping mapping;
  EXPECT_EQ(mapping.size(), 0U);
  EXPECT_EQ(mapping.data(), nullptr);
}

TEST(Mapping, RoundsUpToPagesOfZeros) {
  const Mapping mapping(1);
  EXPECT_EQ(mapping.size(), Mapping::page_size());
  EXPECT_TRUE(std::all_of(mapping.data(), mapping.data() + mapping.size(),
                          [](std::byte byte) { return byte == std::byte{0}; }));
}

TEST(Mapping, CommitsWhatIsWrittenAndReturnsWhatIsReleased) {
  const std::size_t page = Mapping::page_size();
  Mapping mapping(100 * page);
  EXPECT_EQ(resident_bytes(mapping), 0U);
  touch(mapping, 10 * page, 30 * page);
  EXPECT_EQ(resident_bytes(mapping), 20 * page);
  mapping.release(10 * page, 15 * page);
  EXPECT_EQ(resident_bytes(mapping), 5 * page);
  EXPECT_EQ(mapping.data()[12 * page], std::byte{0});
  EXPECT_EQ(mapping.data()[26 * page], std::byte{1});
  mapping.release(0, 0);
}

/// A mapping in which half of the pages are in use, and all are locked; none where that is
/// forbidden.
Mapping locked_mapping() {
  Mapping mapping(64 * Mapping::page_size());
  if (mlock2(mapping.data(), mapping.size(), MLOCK_ONFAULT) != 0) return {};
  touch(mapping, 0, mapping.size() / 2);
  return mapping;
}

// madvise(MADV_DONTNEED) fails on locked pages: what was evicted stayed resident.
TEST(Mapping, ReturnsWhatIsReleasedAlthoughItIsLocked) {
  Mapping mapping = locked_mapping();
  if (mapping.data() == nullptr) GTEST_SKIP() << "no memory may be locked";
  const std::size_t quarter = mapping.size() / 4;
  ASSERT_EQ(resident_bytes(mapping), 2 * quarter);
  mapping.release(0, quarter);
  EXPECT_EQ(resident_bytes(mapping), quarter);
  EXPECT_EQ(mapping.data()[0], std::byte{0});
  EXPECT_EQ(mapping.data()[quarter], std::byte{1});
}

/// Sanitizers replace munlock() by a function that does nothing.
bool can_unlock(const Mapping& locked) {
  return munlock(locked.data(), locked.size()) == 0 &&
         madvise(locked.data(), locked.size(), MADV_DONTNEED) == 0;
}

TEST(Mapping, ReturnsLockedPagesOnOldKernelsToo) {
  if (const Mapping probe = locked_mapping(); probe.data() == nullptr || !can_unlock(probe))
    GTEST_SKIP() << "no memory may be locked, or unlocked";
  Mapping mapping = locked_mapping();
  const std::size_t quarter = mapping.size() / 4;
  EXPECT_TRUE(mapping.release_by_unlocking(0, quarter));
  EXPECT_EQ(resident_bytes(mapping), quarter);
  touch(mapping, 0, quarter);
  EXPECT_NE(madvise(mapping.data(), quarter, MADV_DONTNEED), 0) << "not locked any more";
}

TEST(Mapping, MovesItsMemory) {
  Mapping first(1000);
  touch(first, 0, 1000);
  std::byte* const data = first.data();
  Mapping second(std::move(first));
  EXPECT_EQ(second.data(), data);
  Mapping third;
  third = std::move(second);
  EXPECT_EQ(third.data(), data);
  EXPECT_EQ(third.data()[999], std::byte{1});
}

TEST(Mapping, WithHugePagesIsAlignedAndCommitsNoMoreThanTheseAndItsRest) {
  constexpr std::size_t kHuge = Mapping::kHugePage;
  for (const std::size_t size : {std::size_t{1}, kHuge - 1, kHuge, 3 * kHuge + 5000}) {
    Mapping mapping = Mapping::of_huge_pages(size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(mapping.data()) % kHuge, 0U);
    EXPECT_EQ(mapping.size(), Mapping::round_to_pages(size));
    touch(mapping, 0, 1);
    EXPECT_LE(resident_bytes(mapping), kHuge);
    touch(mapping, 0, size);
    EXPECT_EQ(resident_bytes(mapping), mapping.size());
    if (size > kHuge) mapping.release(0, kHuge);
    EXPECT_LE(resident_bytes(mapping), std::max(size - std::min(size, kHuge) + kHuge, kHuge));
  }
}

}  // namespace
}  // namespace cocached::store
