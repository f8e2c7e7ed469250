#include "insight/miss_ratio.hpp"

#include "store/store.hpp"
#include "tests/insight/zipf.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace cocached::insight {
namespace {

using namespace std::chrono_literals;
using Kind = Access::Kind;

constexpr std::uint64_t kLimit = std::size_t{8} << 20;

/// A stream of gets, and of sets where they miss: of a store of `kLimit`, which the simulator is
/// told of, and of stores with multiples of that, which know what it shall find out.
class Replay {
 public:
  Replay() : value_(std::size_t{16} << 10, 'v') {
    for (const auto scale : MissRatioSimulator::kScales) {
      const auto limit = static_cast<std::size_t>(scale * static_cast<double>(kLimit));
      stores_.push_back(
          std::make_unique<store::Store>(store::StoreOptions{.memory_limit = limit, .threads = 1}));
    }
  }

  void get(std::size_t number, std::size_t size) {
    const auto name = "key:" + std::to_string(number);
    const store::Key key{name};
    ++gets_;
    for (std::size_t i = 0; i < stores_.size(); ++i) {
      const bool hit = read_through(i, key, size);
      if (MissRatioSimulator::kScales[i] == 1) tell(key, size, hit);
    }
  }

  MissRatioCurve curve() {
    play();
    return simulator_.curve(gets_, misses_[1]);
  }

  double hit_ratio(std::size_t i) const {
    return 1 - static_cast<double>(misses_[i]) / static_cast<double>(gets_);
  }

 private:
  bool read_through(std::size_t i, const store::Key& key, std::size_t size) {
    const auto result = stores_[i]->read(key, {}, {}, [](const store::Hit&) {});
    if (result == store::ReadResult::hit) return true;
    if (++misses_[i] % 1024 == 0) stores_[i]->maintain({});
    stores_[i]->write(key, {}, {}, std::string_view{value_}.substr(0, size));
    return false;
  }

  /// As KeyWatch does.
  void tell(const store::Key& key, std::size_t size, bool hit) {
    if (MissRatioSimulator::slice(key.hash) >= simulator_.threshold()) return;
    const auto bytes = static_cast<std::uint32_t>(key.bytes.size() + size);
    told_.push_back(
        {.hash = key.hash, .bytes = hit ? bytes : 0, .kind = hit ? Kind::hit : Kind::miss});
    if (!hit) told_.push_back({.hash = key.hash, .bytes = bytes, .kind = Kind::stored});
    if (told_.size() >= 64) play();
  }

  /// 100,000 gets a second, by the clock that the simulator is told of.
  void play() {
    const base::TimePoint now{base::Duration{static_cast<std::int64_t>(gets_ / 100)}};
    simulator_.play(told_, now, kLimit);
    told_.clear();
  }

  const std::string value_;
  std::vector<std::unique_ptr<store::Store>> stores_;
  std::array<std::uint64_t, MissRatioSimulator::kScales.size()> misses_{};
  std::uint64_t gets_ = 0;
  std::vector<Access> told_;
  MissRatioSimulator simulator_;
};

void expect_within_three_points(Replay& replay) {
  const auto curve = replay.curve();
  ASSERT_EQ(curve.points.size(), MissRatioSimulator::kScales.size());
  for (std::size_t i = 0; i < curve.points.size(); ++i)
    EXPECT_NEAR(curve.points[i].hit_ratio, replay.hit_ratio(i), 0.03) << curve.points[i].scale;
  EXPECT_LE(curve.keys, MissRatioSimulator::kMostKeys);
  EXPECT_NEAR(curve.measured_hit_ratio, replay.hit_ratio(1), 1e-9);
}

TEST(MissRatioSimulator, PredictsAZipfLoadOfOneSize) {
  Replay replay;
  const Zipf zipf{60'000, 0.9};
  std::mt19937_64 random{6};
  for (int i = 0; i < 300'000; ++i) replay.get(zipf(random), 1000);
  expect_within_three_points(replay);
  EXPECT_LT(replay.hit_ratio(0) + 0.1, replay.hit_ratio(3)) << "sizes that make no difference";
}

TEST(MissRatioSimulator, PredictsAZipfLoadOfMixedSizes) {
  Replay replay;
  const Zipf zipf{40'000, 0.8};
  std::mt19937_64 random{7};
  for (int i = 0; i < 300'000; ++i) {
    const auto number = zipf(random);
    replay.get(number, std::size_t{64} << (number * 7919 % 8));
  }
  expect_within_three_points(replay);
}

TEST(MissRatioSimulator, PredictsALoadThatMovesOn) {
  Replay replay;
  std::mt19937_64 random{8};
  std::exponential_distribution<double> age{1.0 / 8000};
  for (std::size_t i = 0; i < 300'000; ++i)
    replay.get(i / 8 - std::min<std::size_t>(static_cast<std::size_t>(age(random)), i / 8), 1000);
  expect_within_three_points(replay);
}

class MissRatioRulesTest : public testing::Test {
 protected:
  void play(Kind kind, base::TimePoint deadline = base::kNever) {
    const Access access{.hash = 42, .bytes = 100, .kind = kind, .deadline = deadline};
    simulator_.play({&access, 1}, now_, kLimit);
    gets_ += kind == Kind::hit || kind == Kind::miss;
  }
  /// How many gets hit, at any scale: one key fits all of them.
  double hits() const {
    return simulator_.curve(gets_, 0).points.front().hit_ratio * static_cast<double>(gets_);
  }

  MissRatioSimulator simulator_;
  base::TimePoint now_{};
  std::uint64_t gets_ = 0;
};

TEST_F(MissRatioRulesTest, AGetThatMissesIsFilledByTheNextSet) {
  play(Kind::miss);
  play(Kind::stored);
  play(Kind::hit);
  EXPECT_EQ(hits(), 1);
}

TEST_F(MissRatioRulesTest, AnItemStoredBeforeItsKeyWasWatchedIsNoMiss) {
  play(Kind::hit);
  play(Kind::hit);
  EXPECT_EQ(hits(), 2);
}

TEST_F(MissRatioRulesTest, ARemovedItemMissesAtAnySize) {
  play(Kind::stored);
  play(Kind::removed);
  play(Kind::miss);
  EXPECT_EQ(hits(), 0);
}

TEST_F(MissRatioRulesTest, AnExpiredItemMissesAtAnySize) {
  play(Kind::stored, base::TimePoint{10s});
  now_ = base::TimePoint{9s};
  play(Kind::hit);
  now_ = base::TimePoint{10s};
  play(Kind::miss);
  EXPECT_EQ(hits(), 1);
  play(Kind::stored, base::TimePoint{20s});
  play(Kind::touched, base::TimePoint{90s});
  now_ = base::TimePoint{30s};
  play(Kind::hit);
  EXPECT_EQ(hits(), 2);
}

TEST_F(MissRatioRulesTest, MoreMemoryMayHoldAnItemThatWasEvicted) {
  play(Kind::stored);
  play(Kind::miss);  // the real store had no room
  EXPECT_EQ(hits(), 1);
}

TEST_F(MissRatioRulesTest, ResetStartsCountingAnew) {
  play(Kind::miss);
  simulator_.reset();
  gets_ = 0;
  play(Kind::stored);
  play(Kind::hit);
  EXPECT_EQ(hits(), 1);
}

TEST(MissRatioSimulator, KeepsToItsBounds) {
  MissRatioSimulator simulator;
  std::mt19937_64 random{9};
  std::vector<Access> accesses(64);
  for (int i = 0; i < 2000; ++i) {
    for (auto& access : accesses) access = {.hash = random(), .bytes = 10, .kind = Kind::stored};
    simulator.play(accesses, base::TimePoint{}, std::size_t{1} << 30);
    ASSERT_LE(simulator.curve(1, 0).keys, MissRatioSimulator::kMostKeys);
  }
  EXPECT_LT(simulator.curve(1, 0).sampling_rate, 0.2);
}

TEST(MissRatioSimulator, WatchesFewerKeysWhenTheyAreBusy) {
  MissRatioSimulator simulator;
  const std::vector<Access> accesses(64, {.hash = 0, .bytes = 10, .kind = Kind::hit});
  const auto play = [&](double count, base::TimePoint now) {
    for (double played = 0; played < count; played += 64) simulator.play(accesses, now, kLimit);
  };
  play(MissRatioSimulator::kBurst * 0.9, base::TimePoint{});
  EXPECT_EQ(simulator.curve(1, 0).sampling_rate, 1);
  play(MissRatioSimulator::kBurst * 0.12, base::TimePoint{});
  EXPECT_EQ(simulator.curve(1, 0).sampling_rate, 0.5);
}

}  // namespace
}  // namespace cocached::insight
