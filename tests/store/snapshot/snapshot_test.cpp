#include "store/snapshot/snapshot_loader.hpp"
#include "store/snapshot/snapshot_writer.hpp"
#include "tests/support/manual_clock.hpp"

#include <array>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <system_error>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::store {
namespace {

/// An open file that nobody else knows.
class TemporaryFile {
 public:
  TemporaryFile() { clear(); }

  const base::File& file() const { return *file_; }

  std::string content() const {
    std::string bytes(file_->size(), '\0');
    EXPECT_TRUE(file_->read(0, bytes.data(), bytes.size()));
    return bytes;
  }
  void set_content(std::string_view bytes) {
    clear();
    file_->write(0, bytes);
  }
  void clear() {
    file_ = std::make_unique<base::File>(base::system_files(), ::testing::TempDir(),
                                         O_TMPFILE | O_RDWR);
  }

 private:
  std::unique_ptr<base::File> file_;
};

constexpr std::size_t kMiB = std::size_t{1} << 20;

struct SnapshotTest : ::testing::Test {
  static StoreOptions options(std::size_t memory = 16 * kMiB) {
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

  std::uint64_t save(Store& store) {
    file.clear();
    written = SnapshotWriter{store, clock, file.file()}.write({}).value();
    return written.items;
  }

  LoadReport load(Store& store) const {
    SnapshotLoader loader{store, clock, file.file()};
    store.begin_restore();
    const auto report = loader.load();
    store.end_restore();
    return report;
  }

  test::ManualClock clock;
  TemporaryFile file;
  WrittenSnapshot written;
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

TEST_F(SnapshotTest, ASnapshotOfAnEmptyStoreIsComplete) {
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

/// Clients change keys while a snapshot is loaded; the loader comes to these keys afterwards.
struct SnapshotMeanwhileTest : SnapshotTest {
  std::optional<std::string> after(const std::function<void(Store&)>& meanwhile) {
    Store before{options()};
    set(before, "a", "old");
    save(before);
    Store store{options()};
    SnapshotLoader loader{store, clock, file.file()};
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

TEST_F(SnapshotMeanwhileTest, ARemovedItemStaysRemoved) {
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

TEST_F(SnapshotMeanwhileTest, AVivifiedItemWins) {
  EXPECT_EQ(after([&](Store& store) {
              store.read(Key{"a"}, clock.now(), {.vivify = clock.now() + Duration{10}},
                         [](const Hit&) {});
              clock.pass(Duration{20});
            }),
            std::nullopt);
}

TEST_F(SnapshotMeanwhileTest, AFlushedItemStaysFlushed) {
  EXPECT_EQ(after([&](Store& store) { store.flush(clock.now()); }), std::nullopt);
}

// The clock of a machine without a battery, or of one that was wrong before.
TEST_F(SnapshotTest, AClockThatWasSetBackProlongsNoTimeToLive) {
  Store before{options()};
  set(before, "a", "1", {.deadline = clock.now() + Duration{10'000}});
  save(before);
  clock.set_wall(clock.wall_now() - std::chrono::hours{24});
  Store after{options()};
  load(after);
  EXPECT_EQ(get(after, "a"), "1");
  clock.pass(Duration{9'999});
  EXPECT_EQ(get(after, "a"), "1");
  clock.pass(Duration{1});
  EXPECT_EQ(get(after, "a"), std::nullopt);
}

TEST_F(SnapshotTest, AClockThatWasSetBackProlongsNoDelayedFlush) {
  Store before{options()};
  set(before, "a", "1");
  before.flush_at(clock.now() + Duration{10'000});
  save(before);
  clock.set_wall(clock.wall_now() - std::chrono::hours{24});
  Store after{options()};
  load(after);
  EXPECT_EQ(get(after, "a"), "1");
  clock.pass(Duration{10'000});
  EXPECT_EQ(get(after, "a"), std::nullopt);
}

TEST_F(SnapshotTest, TheUseOfAnItemIsKept) {
  const auto frequency = [&](Store& store, std::string_view key) {
    unsigned found = 0;
    ScanCursor cursor;
    while (store.scan(cursor, clock.now(), 64, [&](const ItemView& item) {
      if (item.key == key) found = item.frequency;
    }))
      continue;
    return found;
  };
  Store before{
      {.memory_limit = 16 * kMiB, .max_value_size = kMiB, .eviction = EvictionPolicy::lru}};
  for (const auto* key : {"hot", "cold"}) set(before, key, "1");
  set(before, "large", std::string(10'000, 'x'));
  for (int i = 0; i < 3; ++i) get(before, "hot"), get(before, "large");
  save(before);
  Store after{options()};
  load(after);
  EXPECT_EQ(frequency(after, "hot"), 4U);
  EXPECT_EQ(frequency(after, "large"), 4U);
  EXPECT_EQ(frequency(after, "cold"), 1U);
}

TEST_F(SnapshotTest, APendingFlushComesAfterARestart) {
  Store before{options()};
  set(before, "a", "1");
  before.flush_at(clock.now() + Duration{10'000});
  save(before);
  clock.pass(Duration{4'000});
  Store after{options()};
  load(after);
  set(after, "b", "2");
  clock.pass(Duration{5'999});
  EXPECT_EQ(get(after, "a"), "1");
  clock.pass(Duration{1});
  EXPECT_EQ(get(after, "a"), std::nullopt);
  EXPECT_EQ(get(after, "b"), std::nullopt);
}

TEST_F(SnapshotTest, AFlushThatWasDueMeanwhileHidesAll) {
  Store before{options()};
  set(before, "a", "1");
  before.flush_at(clock.now() + Duration{10'000});
  save(before);
  clock.pass(Duration{10'000});
  Store after{options()};
  EXPECT_EQ(load(after).flushed, 1U);
  EXPECT_EQ(get(after, "a"), std::nullopt);
}

TEST_F(SnapshotTest, AFlushThatComesDueWhileItLoadsHidesWhatIsLoadedLater) {
  Store before{options()};
  set(before, "a", "1");
  save(before);
  Store after{options()};
  SnapshotLoader loader{after, clock, file.file()};
  after.begin_restore();
  after.flush_at(clock.now() + Duration{5});
  clock.pass(Duration{5});
  loader.load();
  EXPECT_EQ(get(after, "a"), std::nullopt);
}

TEST_F(SnapshotTest, QuotasAreKept) {
  Store before{options()};
  ASSERT_TRUE(before.set_namespace_quota("user", 5'000));
  ASSERT_TRUE(before.set_namespace_quota("page", 1));
  ASSERT_TRUE(before.set_namespace_quota("page", 0));
  for (int i = 0; i < 20; ++i) set(before, "user:" + std::to_string(i), std::string(100, 'x'));
  save(before);
  Store after{options()};
  load(after);
  EXPECT_THAT(after.namespace_quotas(), ::testing::ElementsAre(::testing::Pair("user", 5'000U)));
  EXPECT_EQ(after.namespace_stats("user")->items, 20U);
  for (int i = 0; i < 200; ++i) set(after, "user:n" + std::to_string(i), std::string(100, 'x'));
  EXPECT_LE(after.namespace_stats("user")->bytes, 5'000U);
}

/// Flushes that come when the file is written already, before a crash.
struct SnapshotFlushedLaterTest : SnapshotTest {
  SnapshotFlushedLaterTest() {
    before.flush_journal().enable();
    for (const auto* key : {"user:1", "user:2", "page:1"}) set(before, key, "1");
    save(before);
  }

  /// As it is after a crash.
  std::uint64_t loaded() {
    Store after{options()};
    after.flush_journal().enable();
    return load(after).items;
  }

  Store before{options()};
};

TEST_F(SnapshotFlushedLaterTest, ANamespaceStaysFlushed) {
  before.flush_namespace("user", clock.now());
  update_snapshot(written, before, file.file());
  EXPECT_EQ(loaded(), 1U);
}

TEST_F(SnapshotFlushedLaterTest, AllStaysFlushed) {
  before.flush(clock.now());
  update_snapshot(written, before, file.file());
  EXPECT_EQ(loaded(), 0U);
}

TEST_F(SnapshotFlushedLaterTest, ADelayedFlushComes) {
  before.flush_at(clock.now() + Duration{10'000});
  update_snapshot(written, before, file.file());
  EXPECT_EQ(loaded(), 3U);
  clock.pass(Duration{10'000});
  EXPECT_EQ(loaded(), 0U);
}

TEST_F(SnapshotFlushedLaterTest, AQuotaIsKept) {
  before.set_namespace_quota("user", 5'000);
  update_snapshot(written, before, file.file());
  Store after{options()};
  load(after);
  EXPECT_THAT(after.namespace_quotas(), ::testing::ElementsAre(::testing::Pair("user", 5'000U)));
}

TEST_F(SnapshotFlushedLaterTest, TheStateOfALoadedFileGoesOn) {
  before.flush_namespace("user", clock.now());
  update_snapshot(written, before, file.file());
  Store after{options()};
  after.flush_journal().enable();
  SnapshotLoader loader{after, clock, file.file()};
  loader.load();
  auto again = loader.written();
  after.flush_namespace("page", clock.now());
  update_snapshot(again, after, file.file());
  EXPECT_EQ(loaded(), 0U);
}

TEST_F(SnapshotFlushedLaterTest, ManyFlushesDoNotLetTheFileGrowForEver) {
  for (int i = 0; i < 100; ++i) {
    before.flush_namespace("user", clock.now());
    update_snapshot(written, before, file.file());
  }
  const auto size = file.file().size();
  for (int i = 0; i < 1000; ++i) {
    before.flush_namespace("user", clock.now());
    update_snapshot(written, before, file.file());
  }
  EXPECT_EQ(file.file().size(), size);
  EXPECT_EQ(loaded(), 1U);
}

TEST_F(SnapshotFlushedLaterTest, EitherHeaderAloneIsEnough) {
  before.flush_namespace("user", clock.now());
  update_snapshot(written, before, file.file());
  const auto whole = file.content();
  for (const auto at : {std::size_t{0}, sizeof(snapshot::FileHeader)}) {
    auto damaged = whole;
    damaged[at] ^= 1;
    file.set_content(damaged);
    EXPECT_EQ(loaded(), 1U);
  }
}

/// A clock that calls a function when it is read for the n-th time: in the middle of a save.
class ActingClock final : public base::Clock {
 public:
  ActingClock(const base::Clock& clock, int reading, std::function<void()> act)
      : clock_(clock), reading_(reading), act_(std::move(act)) {}

  TimePoint now() const noexcept override {
    if (--reading_ == 0) act_();
    return clock_.now();
  }
  TimePoint coarse_now() const noexcept override { return clock_.coarse_now(); }
  std::chrono::sys_time<Duration> wall_now() const noexcept override { return clock_.wall_now(); }

 private:
  const base::Clock& clock_;
  mutable int reading_;
  const std::function<void()> act_;
};

TEST_F(SnapshotTest, AnItemFlushedWhileItIsSavedStaysFlushed) {
  for (const int reading : {1, 2, 3, 10, 100, 300, 500, 513}) {
    Store before{options()};
    before.flush_journal().enable();
    for (int i = 0; i < 3000; ++i)
      set(before, (i % 2 == 0 ? "user:" : "page:") + std::to_string(i), std::string(100, 'x'));
    const ActingClock acting{clock, reading, [&] {
                               before.flush_namespace("user", clock.now());
                               set(before, "user:later", "1");
                             }};
    file.clear();
    ASSERT_TRUE((SnapshotWriter{before, acting, file.file()}.write({})));
    Store after{options()};
    load(after);
    EXPECT_EQ(get(after, "page:1"), std::string(100, 'x')) << reading;
    const auto items = after.stats().items;
    EXPECT_GE(items, 1500U) << reading;
    EXPECT_LE(items, 1501U) << reading;  // what was stored later may be there
  }
}

/// The bytes of a file of version 1 with one item, made by hand: that version is no longer written.
std::string version_1_file(std::string_view key, std::string_view value) {
  using namespace snapshot;
  const auto sealed = [](auto header, std::uint64_t seed) {
    header.checksum = checksum_of(header, seed);
    return std::string{bytes_of(header)};
  };
  const RecordHeader record{.cas = 7,
                            .client_flags = 5,
                            .value_size = static_cast<std::uint32_t>(value.size()),
                            .key_size = static_cast<std::uint8_t>(key.size())};
  const auto records = std::string{bytes_of(record)}.append(key).append(value);
  const auto head = sealed(FileHeaderV1{.seed = 99, .cas = 7, .made_ms = 1}, 0);
  return head + head +
         sealed(BlockHeader{.head = static_cast<std::uint32_t>(records.size()),
                            .records = 1,
                            .records_checksum = checksum_of(records, {}, 99)},
                99) +
         records + sealed(BlockHeader{.records_checksum = checksum_of({}, {}, 99)}, 99);
}

TEST_F(SnapshotTest, ASnapshotOfVersion1IsRead) {
  file.set_content(version_1_file("old", "value"));
  Store after{options()};
  const auto report = load(after);
  EXPECT_TRUE(report.known && report.complete && report.damaged == 0);
  EXPECT_EQ(get(after, "old"), "value");
}

TEST_F(SnapshotTest, KindsOfFilesAreTold) {
  const auto kind_of = [&](std::string_view bytes) {
    file.set_content(bytes);
    return read_head(file.file()).kind;
  };
  using enum SnapshotKind;
  Store before{options()};
  save(before);
  const auto whole = file.content();
  EXPECT_EQ(kind_of(whole), readable);
  EXPECT_EQ(kind_of(version_1_file("a", "b")), readable);
  EXPECT_EQ(kind_of(""), empty);
  for (const auto* text : {"a\n", "cocached.conf: threads = 4, and more of it", "[memcached]"})
    EXPECT_EQ(kind_of(text), foreign) << text;
  EXPECT_EQ(kind_of(std::string(100'000, '\0')), foreign);
  for (const std::size_t size : {1UL, 8UL, 11UL, 12UL, 71UL})
    EXPECT_EQ(kind_of(whole.substr(0, size)), damaged) << size;
  auto later = whole;
  for (const auto at : {std::size_t{8}, sizeof(snapshot::FileHeader) + 8}) later[at] = 3;
  EXPECT_EQ(kind_of(later), other_version);
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
  EXPECT_FALSE((SnapshotWriter{before, clock, file.file()}.write(stop.get_token())));
}

TEST_F(SnapshotTest, LoadingStopsWhereItIsToldTo) {
  Store before{options()};
  for (int i = 0; i < 1000; ++i) set(before, std::to_string(i), std::string(1000, 'x'));
  save(before);
  Store after{options()};
  SnapshotLoader loader{after, clock, file.file()};
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(loader.load(stop.get_token()).stopped);
  EXPECT_LT(after.stats().items, 1000U);
}

TEST_F(SnapshotTest, FailsWhereTheSystemDoesNotTakeIt) {
  Store before{options()};
  set(before, "a", "1");
  const base::File full{base::system_files(), "/dev/full", O_WRONLY};
  SnapshotWriter writer{before, clock, full};
  EXPECT_THROW(writer.write({}), std::system_error);
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
    EXPECT_FALSE(report.known && report.complete && report.damaged == 0) << size;
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
    const bool in_header = at < 2 * kFirstHeader;  // of these there are two
    if (in_header)
      EXPECT_EQ(found, values.size()) << at;
    else
      EXPECT_TRUE(report.damaged > 0 || !report.complete) << at;
  }
}

TEST_F(DamagedSnapshotTest, OneDamagedBlockDoesNotTakeTheOthersAlong) {
  auto damaged = whole;
  // A byte like the marker's first may also stand in the file's header.
  const auto block = whole.find(snapshot::kBlockMarker.data(), 0, snapshot::kBlockMarker.size());
  damaged[block] ^= 1;                                  // its header
  damaged[block + sizeof(snapshot::BlockHeader)] ^= 1;  // its records
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
  Store before{options()};
  set(before, "victim", "x" + forged);
  save(before);
  auto damaged = file.content();
  damaged[2 * sizeof(snapshot::FileHeader)] ^= 1;
  load_damaged(damaged);
  EXPECT_EQ(report.items, 0U);
}

}  // namespace
}  // namespace cocached::store
