#include "server/key_listing.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace cocached::server {
namespace {

using namespace std::chrono_literals;
using store::Store;

class KeyPageTest : public testing::Test {
 protected:
  void store(const std::string& name, store::TimePoint deadline = store::kNever,
             std::string_view value = "value") {
    store_.write(store::Key{name}, now_, {.deadline = deadline}, value);
  }

  void store_many(int count) {
    for (int i = 0; i < count; ++i) store("key:" + std::to_string(i));
  }

  /// All that a walk meets, in pages of about `limit`.
  std::multiset<std::string> walk(const std::string& prefix, std::size_t limit) {
    std::multiset<std::string> found;
    http::KeyQuery query{.prefix = prefix, .limit = limit};
    for (pages_ = 0;; ++pages_) {
      const auto page = key_page(store_, now_, query);
      EXPECT_LE(page.keys.size(), limit + 16);
      for (const auto& item : page.keys) found.insert(item.key);
      if (!page.next) return found;
      query.cursor = *page.next;
    }
  }

  Store store_{{.memory_limit = std::size_t{128} << 20, .threads = 2}};
  store::TimePoint now_{100s};
  int pages_ = 0;
};

TEST_F(KeyPageTest, MeetsEveryKeyOnce) {
  store_many(3000);
  const auto found = walk("", 100);
  EXPECT_EQ(found.size(), 3000U);
  EXPECT_EQ((std::set<std::string>{found.begin(), found.end()}.size()), 3000U);
  EXPECT_GE(pages_, 20);
}

TEST_F(KeyPageTest, MeetsThoseOfAPrefix) {
  store_many(2000);
  EXPECT_EQ(walk("key:19", 1000).size(), 111U);
  EXPECT_TRUE(walk("key:x", 10).empty());
  EXPECT_EQ(walk("key:7", 1).count("key:7"), 1U);
}

/// A deadline is a millisecond late, and the clock that it is compared with may lag by ten.
TEST_F(KeyPageTest, JustStoredForAMinuteAnItemHasAMinuteLeft) {
  store("minute", now_ + 60s + 11ms);
  EXPECT_EQ(key_page(store_, now_, {}).keys.at(0).ttl, 60s);
}

TEST_F(KeyPageTest, TellsWhatIsKnownOfAnItem) {
  store("stays");
  store("goes", now_ + 1500ms, "12345678");
  now_ += 1s;
  const auto page = key_page(store_, now_, {});
  ASSERT_EQ(page.keys.size(), 2U);
  for (const auto& item : page.keys) {
    EXPECT_EQ(item.idle, 1s);
    if (item.key == "stays") {
      EXPECT_EQ(item.ttl, std::nullopt);
    } else {
      EXPECT_EQ(item.ttl, 1s);
    }
    EXPECT_EQ(item.size, item.key == "stays" ? 5U : 8U);
  }
  now_ += 1s;
  EXPECT_EQ(key_page(store_, now_, {}).keys.size(), 1U);
}

TEST_F(KeyPageTest, LooksAtABoundedPartOfTheStore) {
  store_many(80'000);
  const auto page = key_page(store_, now_, {.prefix = "nothing"});
  EXPECT_TRUE(page.keys.empty());
  EXPECT_TRUE(page.next.has_value());
  EXPECT_TRUE(walk("nothing", 100).empty());
}

TEST_F(KeyPageTest, SurvivesAnyCursor) {
  store_many(100);
  for (const std::uint64_t shard : {0U, 1U, 3U, 4U, 0xffffffffU})
    for (const std::uint64_t position :
         {0U, 1U, 0x3fffffffU, 0x40000000U, 0x40000001U, 0xffffffffU})
      EXPECT_LE(key_page(store_, now_, {.cursor = shard << 32 | position}).keys.size(), 116U);
}

}  // namespace
}  // namespace cocached::server
