#include "command/watch/watchers.hpp"

#include "tests/support/manual_clock.hpp"

#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace cocached::command {
namespace {

constexpr Topics kFetchers = protocol::bit(Topic::fetchers);
constexpr Topics kMutations = protocol::bit(Topic::mutations);

void nothing() {}

class WatchersTest : public testing::Test {
 protected:
  /// The lines without their times.
  static std::string taken(Watchers::Subscription& watcher) {
    auto lines = watcher.take();
    std::string rest;
    for (std::size_t at = 0; at < lines.size();) {
      const auto end = lines.find('\n', at) + 1;
      const auto line = lines.substr(at, end - at);
      rest += line.starts_with("ts=") ? line.substr(line.find(' ') + 1) : line;
      at = end;
    }
    return rest;
  }

  test::ManualClock clock_;
  Watchers watchers_{clock_, 200};
};

TEST_F(WatchersTest, NobodyWatchesAtFirst) {
  for (const auto topic : {Topic::fetchers, Topic::mutations, Topic::evictions, Topic::deletions,
                           Topic::connevents, Topic::others})
    EXPECT_FALSE(watchers_.shows(topic));
  EXPECT_FALSE(watchers_.is_watching());
  EXPECT_EQ(watchers_.figures().watchers, 0U);
}

TEST_F(WatchersTest, EachIsShownItsTopicsAlone) {
  auto one = watchers_.add(kFetchers, nothing);
  auto other = watchers_.add(kMutations, nothing);
  auto both = watchers_.add(kFetchers | kMutations, nothing);
  watchers_.show(Topic::fetchers, "a");
  watchers_.show(Topic::mutations, "b");
  EXPECT_EQ(taken(*one), "gid=1 a\n");
  EXPECT_EQ(taken(*other), "gid=2 b\n");
  EXPECT_EQ(taken(*both), "gid=1 a\ngid=2 b\n");
  EXPECT_EQ(taken(*both), "");
}

TEST_F(WatchersTest, TopicsEndWithThoseWhoWatchThem) {
  {
    const auto one = watchers_.add(protocol::bit(Topic::evictions), nothing);
    EXPECT_TRUE(watchers_.is_watching());
    EXPECT_EQ(watchers_.figures().watchers, 1U);
  }
  EXPECT_FALSE(watchers_.is_watching());
  EXPECT_EQ(watchers_.figures().watchers, 0U);
}

TEST_F(WatchersTest, TimesAreSecondsAndMicroseconds) {
  auto one = watchers_.add(kFetchers, nothing);
  watchers_.show(Topic::fetchers, "a");
  const auto wall = clock_.wall_now().time_since_epoch();
  EXPECT_EQ(one->take(),
            fmt::format("ts={}.{:06} gid=1 a\n", wall.count() / 1000, wall.count() % 1000 * 1000));
}

TEST_F(WatchersTest, AreWokenOnceForEachTimeTheyHaveSeenAll) {
  unsigned wakes = 0;
  auto one = watchers_.add(kFetchers, [&] { ++wakes; });
  watchers_.show(Topic::fetchers, "a");  // before it has looked for the first time
  EXPECT_EQ(wakes, 0U);
  EXPECT_NE(one->take(), "");
  watchers_.show(Topic::fetchers, "b");  // it has not seen all yet
  EXPECT_EQ(wakes, 0U);
  EXPECT_NE(one->take(), "");
  EXPECT_EQ(one->take(), "");
  watchers_.show(Topic::mutations, "c");
  EXPECT_EQ(wakes, 0U);
  for (int i = 0; i < 3; ++i) watchers_.show(Topic::fetchers, "d");
  EXPECT_EQ(wakes, 1U);
}

/// The number of lost lines stands behind the lines that came before them.
TEST_F(WatchersTest, ASlowWatcherLosesLinesAndIsToldHowMany) {
  auto slow = watchers_.add(kFetchers, nothing);
  auto quick = watchers_.add(kFetchers, nothing);
  std::string shown;
  for (int i = 0; i < 6; ++i) {
    watchers_.show(Topic::fetchers, std::string(40, static_cast<char>('a' + i)));
    shown += taken(*quick);
  }
  const auto line = [](int i) {
    return fmt::format("gid={} {}\n", i + 1, std::string(40, static_cast<char>('a' + i)));
  };
  EXPECT_EQ(taken(*slow), line(0) + line(1) + "skipped=4\n");
  EXPECT_EQ(shown, line(0) + line(1) + line(2) + line(3) + line(4) + line(5));
  watchers_.show(Topic::fetchers, "after");
  EXPECT_EQ(taken(*slow), "gid=7 after\n");

  const auto figures = watchers_.figures();
  EXPECT_EQ(figures.lines, 7U);
  EXPECT_EQ(figures.skipped, 4U);
  EXPECT_EQ(figures.sent, 6U + 3U);
}

TEST_F(WatchersTest, AShortLineDoesNotOvertakeALongOne) {
  auto one = watchers_.add(kFetchers, nothing);
  watchers_.show(Topic::fetchers, std::string(300, 'x'));
  watchers_.show(Topic::fetchers, "short");
  EXPECT_EQ(taken(*one), "skipped=2\n");
}

TEST_F(WatchersTest, ThereAreSoManyAtMost) {
  std::vector<Watchers::Subscription> all;
  for (std::size_t i = 0; i < Watchers::kMaxWatchers; ++i)
    all.push_back(*watchers_.add(kFetchers, nothing));
  EXPECT_FALSE(watchers_.add(kFetchers, nothing));
  all.pop_back();
  EXPECT_TRUE(watchers_.add(kFetchers, nothing));
}

/// The counts of shown, taken and lost lines add up, and the taken lines are whole and in order.
TEST_F(WatchersTest, ManyThreadsShowWhileOthersComeAndGo) {
  constexpr std::uint64_t kLines = 2'000;
  auto steady = watchers_.add(kFetchers, nothing);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      for (std::uint64_t n = 0; n < kLines; ++n) watchers_.show(Topic::fetchers, "event");
    });
  threads.emplace_back([&] {
    for (int i = 0; i < 200; ++i) watchers_.add(kFetchers | kMutations, nothing)->take();
  });
  std::uint64_t seen = 0;
  std::uint64_t lost = 0;
  std::uint64_t last = 0;
  while (seen + lost < 3 * kLines) {
    const auto all = taken(*steady);
    for (std::string_view lines = all; !lines.empty();) {
      const auto line = lines.substr(0, lines.find('\n') + 1);
      lines.remove_prefix(line.size());
      const auto number = std::stoull(std::string{line.substr(line.find('=') + 1)});
      if (line.starts_with("skipped=")) {
        lost += number;
        continue;
      }
      EXPECT_EQ(line, fmt::format("gid={} event\n", number));
      EXPECT_GT(number, last);
      last = number;
      ++seen;
    }
  }
  threads.clear();
  EXPECT_EQ(watchers_.figures().watchers, 1U);
}

}  // namespace
}  // namespace cocached::command
