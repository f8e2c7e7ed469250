#include "store/snapshot_loader.hpp"
#include "store/snapshot_writer.hpp"
#include "tests/support/manual_clock.hpp"

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <system_error>
#include <unistd.h>

#include <gtest/gtest.h>

namespace cocached::store {
namespace {

/// An open file that nobody else knows.
class TemporaryFile {
 public:
  TemporaryFile() : descriptor_(open(::testing::TempDir().c_str(), O_TMPFILE | O_RDWR, 0600)) {
    if (descriptor_ < 0) throw std::system_error{errno, std::generic_category(), "O_TMPFILE"};
  }
  ~TemporaryFile() { close(descriptor_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  int descriptor() const { return descriptor_; }

  std::string content() const {
    std::string bytes(static_cast<std::size_t>(lseek(descriptor_, 0, SEEK_END)), '\0');
    EXPECT_EQ(pread(descriptor_, bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
    return bytes;
  }
  void set_content(std::string_view bytes) const {
    EXPECT_EQ(ftruncate(descriptor_, 0), 0);
    EXPECT_EQ(pwrite(descriptor_, bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
  }

 private:
  const int descriptor_;
};

constexpr std::size_t kMiB = std::size_t{1} << 20;

struct SnapshotTest : ::testing::Test {
  static Options options(std::size_t memory = 16 * kMiB) {
    return {.memory_limit = memory, .max_value_size = kMiB};
  }

  void set(Store& store, std::string_view key, std::string_view value,
           const WriteOptions& how = {}) const {
    ASSERT_EQ(store.write(Key{key}, clock.now(), how, value).result, WriteResult::stored);
  }

  std::optional<std::string> get(Store& store, std::string_view key) const {
    std::optional<std::string> value;
    store.read(Key{key}, clock.now(), {}, [&](const Hit& hit) { value = hit.item.value; });
    return value;
  }

  std::uint64_t save(Store& store) const {
    return SnapshotWriter{store, clock, file.descriptor()}.write({}).value();
  }

  LoadReport load(Store& store) const {
    SnapshotLoader loader{store, clock, file.descriptor()};
    store.begin_restore();
    const auto report = loader.load();
    store.end_restore();
    return report;
  }

  test::ManualClock clock;
  TemporaryFile file;
};

TEST_F(SnapshotTest, BringsEverythingBackWhateverTheSettings) {
  Store before{options()};
  std::map<std::string, std::string> all;
  for (std::size_t i = 0; i < 2000; ++i) all["key" + std::to_string(i)] = std::string(i, 'x');
  all["large"] = std::string(kMiB, 'y');
  all["copied at most"] = std::string(8192, 'c');
  all["pinned at least"] = std::string(8193, 'p');
  for (const auto& [key, value] : all) set(before, key, value);
  EXPECT_EQ(save(before), all.size());

  Store after{{.memory_limit = 300 * kMiB, .max_value_size = 2 * kMiB, .cas = false, .threads = 2}};
  const auto report = load(after);
  EXPECT_EQ(report.items, all.size());
  EXPECT_TRUE(report.known && report.complete && report.damaged == 0 && report.refused == 0);
  for (const auto& [key, value] : all) EXPECT_EQ(get(after, key), value);
}

TEST_F(SnapshotTest, OfAnEmptyStoreIsComplete) {
  Store before{options()};
  EXPECT_EQ(save(before), 0U);
  Store after{options()};
  const auto report = load(after);
  EXPECT_TRUE(report.known && report.complete);
  EXPECT_EQ(report.items, 0U);
}

TEST_F(SnapshotTest, KeepsWhatIsKnownOfAnItem) {
  Store before{options()};
  set(before, "a", "1", {.client_flags = 77, .binary_key = true});
  set(before, "s", "2");
  before.remove(Key{"s"}, clock.now(), {.mark_stale = true});
  std::uint64_t cas = 0;
  before.read(Key{"a"}, clock.now(), {}, [&](const Hit& hit) { cas = hit.item.cas; });
  save(before);

  Store after{options()};
  load(after);
  after.read(Key{"a"}, clock.now(), {}, [&](const Hit& hit) {
    EXPECT_EQ(hit.item.client_flags, 77U);
    EXPECT_EQ(hit.item.cas, cas);
    EXPECT_TRUE(hit.item.fetched && hit.item.binary_key && !hit.item.stale);
  });
  after.read(Key{"s"}, clock.now(), {}, [&](const Hit& hit) {
    EXPECT_TRUE(hit.item.stale && !hit.item.fetched && !hit.item.binary_key);
  });
}

// A client may hold a number from before the restart, given out after the snapshot was made.
TEST_F(SnapshotTest, NoCasNumberIsGivenOutTwice) {
  Store before{options()};
  set(before, "a", "1");
  save(before);
  const auto since = before.write(Key{"a"}, clock.now(), {}, "2").cas;
  Store after{options()};
  load(after);
  EXPECT_GT(after.write(Key{"b"}, clock.now(), {}, "3").cas, since);
}

TEST_F(SnapshotTest, TimeToLiveRunsOnByTheWallClock) {
  Store before{options()};
  set(before, "short", "1", {.deadline = clock.now() + Duration{10'000}});
  set(before, "long", "2", {.deadline = clock.now() + Duration{90'000}});
  save(before);

  clock.pass(Duration{60'000});
  clock.set_wall(clock.wall_now());
  Store after{options()};
  const auto report = load(after);
  EXPECT_EQ(report.expired, 1U);
  EXPECT_EQ(get(after, "long"), "2");
  clock.pass(Duration{29'999});
  EXPECT_EQ(get(after, "long"), "2");
  clock.pass(Duration{1});
  EXPECT_EQ(get(after, "long"), std::nullopt);
}

/// What clients do while a snapshot is loaded; the loader comes to their keys afterwards.
struct SnapshotMeanwhileTest : SnapshotTest {
  std::optional<std::string> after(const std::function<void(Store&)>& meanwhile) {
    Store before{options()};
    set(before, "a", "old");
    save(before);
    Store store{options()};
    SnapshotLoader loader{store, clock, file.descriptor()};
    store.begin_restore();
    meanwhile(store);
    loader.load();
    return get(store, "a");
  }
};

TEST_F(SnapshotMeanwhileTest, NothingHappens) {
  EXPECT_EQ(after([](Store&) {}), "old");
}

TEST_F(SnapshotMeanwhileTest, ALiveWriteWins) {
  EXPECT_EQ(after([&](Store& store) { set(store, "a", "new"); }), "new");
}

TEST_F(SnapshotMeanwhileTest, ALiveWriteThatHasExpiredWins) {
  EXPECT_EQ(after([&](Store& store) {
              set(store, "a", "new", {.deadline = clock.now() + Duration{10}});
              clock.pass(Duration{20});
            }),
            std::nullopt);
}

TEST_F(SnapshotMeanwhileTest, WhatIsRemovedStaysRemoved) {
  EXPECT_EQ(after([&](Store& store) { store.remove(Key{"a"}, clock.now(), {}); }), std::nullopt);
}

TEST_F(SnapshotMeanwhileTest, AnIncrementThatMissedIsNotUndone) {
  EXPECT_EQ(after([&](Store& store) {
              store.arithmetic(Key{"a"}, clock.now(), {.vivify = kNever, .initial = 7});
              store.remove(Key{"a"}, clock.now(), {});
            }),
            std::nullopt);
}

TEST_F(SnapshotMeanwhileTest, AReservationWins) {
  EXPECT_EQ(after([&](Store& store) {
              auto made =
                  store.reserve(Key{"a"}, clock.now(), {.deadline = clock.now() + Duration{10}}, 3);
              auto& space = std::get<Reservation>(made);
              std::ranges::copy(std::string_view{"new"}, space.value().begin());
              store.commit(std::move(space), clock.now());
              clock.pass(Duration{20});
            }),
            std::nullopt);
}

TEST_F(SnapshotMeanwhileTest, WhatIsVivifiedWins) {
  EXPECT_EQ(after([&](Store& store) {
              store.read(Key{"a"}, clock.now(), {.vivify = clock.now() + Duration{10}},
                         [](const Hit&) {});
              clock.pass(Duration{20});
            }),
            std::nullopt);
}

TEST_F(SnapshotMeanwhileTest, WhatIsFlushedStaysFlushed) {
  EXPECT_EQ(after([&](Store& store) { store.flush(clock.now()); }), std::nullopt);
  EXPECT_EQ(after([&](Store& store) { store.flush_at(clock.now() + Duration{5}); }), std::nullopt);
}

TEST_F(SnapshotTest, LoadsNoMoreThanTheMemoryHolds) {
  Store before{options(64 * kMiB)};
  for (int i = 0; i < 300; ++i) set(before, std::to_string(i), std::string(100'000, 'x'));
  save(before);
  Store after{options(8 * kMiB)};
  load(after);
  EXPECT_LE(after.stats().memory_used, 8 * kMiB);
  EXPECT_GT(after.stats().items, 20U);
}

TEST_F(SnapshotTest, LeavesOutWhatIsTooLargeNow) {
  Store before{options()};
  set(before, "large", std::string(kMiB, 'x'));
  set(before, "small", "1");
  save(before);
  Store after{{.memory_limit = 16 * kMiB, .max_value_size = kMiB / 2}};
  const auto report = load(after);
  EXPECT_EQ(report.refused, 1U);
  EXPECT_EQ(get(after, "small"), "1");
}

TEST_F(SnapshotTest, StopsWhereItIsToldTo) {
  Store before{options()};
  set(before, "a", "1");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE((SnapshotWriter{before, clock, file.descriptor()}.write(stop.get_token())));
}

TEST_F(SnapshotTest, LoadingStopsWhereItIsToldTo) {
  Store before{options()};
  for (int i = 0; i < 1000; ++i) set(before, std::to_string(i), std::string(1000, 'x'));
  save(before);
  Store after{options()};
  SnapshotLoader loader{after, clock, file.descriptor()};
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(loader.load(stop.get_token()).stopped);
  EXPECT_LT(after.stats().items, 1000U);
}

TEST_F(SnapshotTest, FailsWhereTheSystemDoesNotTakeIt) {
  Store before{options()};
  set(before, "a", "1");
  const int full = open("/dev/full", O_WRONLY);
  SnapshotWriter writer{before, clock, full};
  EXPECT_THROW(writer.write({}), std::system_error);
  close(full);
}

/// Loads files that somebody has damaged: whatever is read must be what was stored.
struct DamagedSnapshotTest : SnapshotTest {
  DamagedSnapshotTest() {
    Store before{options()};
    for (int i = 0; i < 40; ++i) values["k" + std::to_string(i)] = "value" + std::to_string(i * i);
    values["large"] = std::string(9000, 'z');
    for (const auto& [key, value] : values) set(before, key, value);
    save(before);
    whole = file.content();
  }

  /// Loads `bytes`, and returns how many items there are; all of them must be right.
  std::size_t load_damaged(std::string_view bytes) {
    file.set_content(bytes);
    Store after{{.memory_limit = 2 * kMiB, .max_value_size = kMiB}};
    report = load(after);
    ScanCursor cursor;
    std::size_t found = 0;
    const auto check = [&](const ItemView& item) {
      ++found;
      const auto wanted = values.find(std::string{item.key});
      EXPECT_TRUE(wanted != values.end() && wanted->second == item.value) << item.key;
    };
    while (after.scan(cursor, clock.now(), 64, check)) continue;
    return found;
  }

  std::map<std::string, std::string> values;
  std::string whole;
  LoadReport report;
};

TEST_F(DamagedSnapshotTest, EveryCutIsNoticedAndGivesWhatCanBeTrusted) {
  for (std::size_t size = 0; size < whole.size(); size += size < 500 ? 1 : 37) {
    load_damaged(whole.substr(0, size));
    EXPECT_FALSE(report.known && report.complete) << size;
  }
  EXPECT_EQ(load_damaged(whole), values.size());
  EXPECT_TRUE(report.known && report.complete);
}

TEST_F(DamagedSnapshotTest, EveryFlippedBitIsNoticedAndGivesWhatCanBeTrusted) {
  constexpr std::size_t kFirstHeader = sizeof(snapshot::FileHeader);
  for (std::size_t at = 0; at < whole.size(); at += at < 500 ? 1 : 41) {
    auto damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
    const auto found = load_damaged(damaged);
    const bool in_header = at < 2 * kFirstHeader;
    if (in_header)
      EXPECT_EQ(found, values.size()) << at;
    else
      EXPECT_TRUE(report.damaged > 0 || !report.complete) << at;
  }
}

TEST_F(DamagedSnapshotTest, OneDamagedBlockDoesNotTakeTheOthersAlong) {
  auto damaged = whole;
  damaged[whole.find("value")] ^= 1;  // in the first block
  // The header of that block: a byte like its first may also stand in the file's header.
  damaged[whole.find(snapshot::kBlockMarker.data(), 0, snapshot::kBlockMarker.size())] ^= 1;
  EXPECT_LT(load_damaged(damaged), values.size());
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(report.damaged, 1U);
}

TEST_F(DamagedSnapshotTest, NoiseIsNoSnapshot) {
  std::mt19937 random{7};
  for (int round = 0; round < 200; ++round) {
    std::string noise(random() % 4096, '\0');
    for (auto& byte : noise) byte = static_cast<char>(random());
    EXPECT_EQ(load_damaged(noise), 0U);
    EXPECT_FALSE(report.known);
  }
}

TEST_F(DamagedSnapshotTest, NoiseBehindAHeaderIsSkipped) {
  std::mt19937 random{8};
  const auto header = whole.substr(0, 2 * sizeof(snapshot::FileHeader));
  for (int round = 0; round < 200; ++round) {
    std::string noise(random() % 4096, '\0');
    for (auto& byte : noise) byte = static_cast<char>(random());
    const auto place = noise.size() / 2;
    if (noise.size() > 100) noise.replace(place, 8, snapshot::kBlockMarker.data(), 8);
    EXPECT_EQ(load_damaged(header + noise + whole.substr(header.size())), values.size());
  }
}

// A client that knows the format must not get a block of its own in by storing it as a value.
TEST_F(DamagedSnapshotTest, AValueThatLooksLikeABlockIsNone) {
  Store forge{options()};
  set(forge, "forged", "1");
  save(forge);
  const auto forged = file.content().substr(2 * sizeof(snapshot::FileHeader));
  file.set_content("");
  Store before{options()};
  set(before, "victim", "x" + forged);
  ASSERT_EQ(lseek(file.descriptor(), 0, SEEK_SET), 0);
  save(before);
  auto damaged = file.content();
  damaged[2 * sizeof(snapshot::FileHeader)] ^= 1;
  load_damaged(damaged);
  EXPECT_EQ(report.items, 0U);
}

}  // namespace
}  // namespace cocached::store
