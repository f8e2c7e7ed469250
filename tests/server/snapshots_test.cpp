#include "server/snapshots.hpp"

#include "tests/support/manual_clock.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::server {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

/// A folder that goes with the test.
class Folder {
 public:
  Folder() : path_(make()) {}
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  fs::path operator/(const std::string& name) const { return path_ / name; }
  std::set<std::string> names() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator{path_})
      names.insert(entry.path().filename().string());
    return names;
  }

 private:
  static fs::path make() {
    auto pattern = ::testing::TempDir() + "snapshots-XXXXXX";
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    return pattern;
  }

  const fs::path path_;
};

std::string content_of(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// A clock whose readers wait at a gate, once it is closed: so a load stands still in the middle.
class GatedClock final : public base::Clock {
 public:
  base::TimePoint now() const noexcept override {
    std::unique_lock lock{mutex_};
    waiting_ = !open_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    return clock_.now();
  }
  base::TimePoint coarse_now() const noexcept override { return clock_.coarse_now(); }
  std::chrono::sys_time<base::Duration> wall_now() const noexcept override {
    return clock_.wall_now();
  }

  void wait_for_reader() const {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return waiting_; });
  }
  void set_open(bool open) {
    const std::lock_guard lock{mutex_};
    open_ = open;
    changed_.notify_all();
  }

 private:
  test::ManualClock clock_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable bool waiting_ = false;
  bool open_ = true;
};

/// A file system of which one call fails, and of which each reads and writes but a few bytes.
class FaultyFiles final : public base::FileSystem {
 public:
  /// The `call`-th call from now on fails; 0: none.
  void fail(int call) const noexcept { calls_left_ = call; }
  bool has_failed() const noexcept { return calls_left_ < 0; }

  int open(const char* path, int flags, mode_t mode) const noexcept override {
    return fails() ? -1 : FileSystem::open(path, flags, mode);
  }
  ssize_t read(int file, char* to, std::size_t size, off_t position) const noexcept override {
    return fails() ? -1 : FileSystem::read(file, to, std::min(size, kPiece), position);
  }
  ssize_t write(int file, const char* from, std::size_t size,
                off_t position) const noexcept override {
    return fails() ? -1 : FileSystem::write(file, from, std::min(size, kPiece), position);
  }
  int sync(int file) const noexcept override { return fails() ? -1 : FileSystem::sync(file); }
  int rename(const char* from, const char* to) const noexcept override {
    return fails() ? -1 : FileSystem::rename(from, to);
  }
  int link(const char* from, const char* to) const noexcept override {
    return fails() ? -1 : FileSystem::link(from, to);
  }

 private:
  static constexpr std::size_t kPiece = 100;

  bool fails() const noexcept {
    if (calls_left_ <= 0 || --calls_left_ > 0) return false;
    calls_left_ = -1;
    errno = EIO;
    return true;
  }

  mutable std::atomic<int> calls_left_ = 0;
};

struct SnapshotsTest : ::testing::Test {
  static store::StoreOptions options() {
    return {.memory_limit = std::size_t{16} << 20, .threads = 1};
  }

  void fill(store::Store& store, int count, std::size_t size = 100) const {
    for (int i = 0; i < count; ++i)
      store.write(store::Key{"k" + std::to_string(i)}, clock.now(), {}, std::string(size, 'x'));
  }

  /// Saves `count` items, and returns what is in the file then.
  std::string save(int count, std::size_t size = 100) const {
    store::Store store{options()};
    Snapshots snapshots{store, clock, file, seconds{0}};
    snapshots.start();
    wait_until_loaded(snapshots);
    store.flush(clock.now());
    fill(store, count, size);
    EXPECT_EQ(snapshots.finish(), std::nullopt);
    return content_of(file);
  }

  /// As a start after a crash finds it.
  std::uint64_t items_in_file() const {
    store::Store store{options()};
    const base::File opened{base::system_files(), file, O_RDONLY};
    store.begin_restore();
    const auto report = store::SnapshotLoader{store, clock, opened}.load();
    EXPECT_TRUE(report.known && report.complete && report.damaged == 0);
    return report.items;
  }

  static void wait_until_loaded(const Snapshots& snapshots) {
    while (!snapshots.loaded()) std::this_thread::yield();
  }

  Folder folder;
  const std::string file = folder / "items";
  test::ManualClock clock;
};

TEST_F(SnapshotsTest, ASaveThatIsAbandonedKeepsTheOldFileAndLeavesNoHalfOne) {
  const auto before = save(5);
  store::Store store{options()};
  Snapshots snapshots{store, clock, file, seconds{0}};
  snapshots.start();
  wait_until_loaded(snapshots);
  fill(store, 1000);
  snapshots.abandon();
  EXPECT_THAT(snapshots.finish(), Optional(HasSubstr("is not saved")));
  EXPECT_EQ(content_of(file), before);
  EXPECT_THAT(folder.names(), ElementsAre("items"));
}

TEST_F(SnapshotsTest, AFinalSaveThatFailsIsTold) {
  store::Store store{options()};
  Snapshots snapshots{store, clock, file, seconds{0}};
  snapshots.start();
  fs::create_directory(file + ".unfinished");
  EXPECT_THAT(snapshots.finish(), Optional(HasSubstr("is not saved")));
  const auto figures = snapshots.figures();
  EXPECT_TRUE(figures.failing && !figures.saving);
  EXPECT_EQ(figures.failures, 1U);
  EXPECT_EQ(figures.saves, 0U);
}

TEST_F(SnapshotsTest, FiguresTellOfSavesAndLoads) {
  const auto bytes = save(5).size();
  store::Store store{options()};
  Snapshots snapshots{store, clock, file, seconds{60}};
  EXPECT_TRUE(snapshots.figures().enabled && snapshots.figures().loading);
  EXPECT_EQ(snapshots.figures().progress(), 0);
  snapshots.start();
  wait_until_loaded(snapshots);
  auto figures = snapshots.figures();
  EXPECT_EQ(figures.loaded_items, 5U);
  EXPECT_EQ(figures.progress(), 1);
  EXPECT_EQ(figures.last_success, clock.wall_now());
  fill(store, 7);
  clock.pass(base::Duration{5000});
  EXPECT_EQ(snapshots.finish(), std::nullopt);
  figures = snapshots.figures();
  EXPECT_EQ(figures.saves, 1U);
  EXPECT_EQ(figures.last_items, 7U);
  EXPECT_EQ(figures.last_bytes, content_of(file).size());
  EXPECT_GT(figures.last_bytes, bytes);
  EXPECT_EQ(figures.last_success, clock.wall_now());
}

// Whatever fails: a whole file is under the name, the old one or the new one.
TEST_F(SnapshotsTest, EachStepOfASaveMayFail) {
  const FaultyFiles files;
  int failures = 0;
  for (int call = 1;; ++call) {
    save(5);
    store::Store store{options()};
    Snapshots snapshots{store, clock, file, seconds{0}, files};
    snapshots.start();
    wait_until_loaded(snapshots);
    fill(store, 9);
    files.fail(call);
    const auto failure = snapshots.finish();
    const bool failed = files.has_failed();
    files.fail(0);
    EXPECT_EQ(failure.has_value(), failed) << call;
    EXPECT_EQ(snapshots.figures().failing, failed) << call;
    EXPECT_THAT(folder.names(), ElementsAre("items")) << call;
    const auto items = items_in_file();
    EXPECT_TRUE(items == 9 || (failed && items == 5)) << call << ": " << items;
    if (!failed) break;
    ++failures;
  }
  EXPECT_GT(failures, 15);
}

TEST_F(SnapshotsTest, EachStepOfALoadMayFail) {
  const FaultyFiles files;
  bool failed = true;
  for (int call = 1; failed; ++call) {
    const auto before = save(30);
    store::Store store{options()};
    std::optional<Snapshots> snapshots;
    files.fail(call);
    try {
      snapshots.emplace(store, clock, file, seconds{0}, files);
      snapshots->start();
      wait_until_loaded(*snapshots);
    } catch (const std::exception&) {
      EXPECT_TRUE(files.has_failed());
      snapshots.reset();  // refused to start
    }
    failed = files.has_failed();
    files.fail(0);
    if (snapshots && snapshots->finish() == std::nullopt && store.stats().items < 30)
      EXPECT_TRUE(content_of(file + ".rejected-1") == before) << call;  // for whoever wants it
    else
      EXPECT_EQ(items_in_file(), 30U) << call;
    fs::remove(file + ".rejected-1");
    fs::remove(file + ".unfinished");
  }
}

TEST_F(SnapshotsTest, AFileOfSomethingElseIsRefused) {
  for (const auto* content : {"my own notes\n", "cocached is a server, say my own notes\n"}) {
    std::ofstream{file} << content;
    store::Store store{options()};
    EXPECT_THROW((Snapshots{store, clock, file, seconds{0}}), std::invalid_argument);
    EXPECT_EQ(content_of(file), content);
  }
}

TEST_F(SnapshotsTest, AFolderOrADeviceIsRefused) {
  for (const auto& path : {(folder / "").string(), std::string{"/dev/null"}}) {
    store::Store store{options()};
    EXPECT_ANY_THROW((Snapshots{store, clock, path, seconds{0}})) << path;
  }
}

TEST_F(SnapshotsTest, AFileOfAnotherVersionIsMovedAside) {
  auto other = save(5);
  for (const auto at : {std::size_t{8}, sizeof(store::snapshot::FileHeader) + 8}) other[at] = 9;
  std::ofstream{file, std::ios::binary} << other;
  std::ofstream{file + ".rejected-1"} << "an earlier one";
  const auto now = save(7);
  EXPECT_EQ(content_of(file + ".rejected-2"), other);
  EXPECT_EQ(content_of(file + ".rejected-1"), "an earlier one");
  EXPECT_THAT(folder.names(), ElementsAre("items", "items.rejected-1", "items.rejected-2"));
  EXPECT_EQ(items_in_file(), 7U);
}

TEST_F(SnapshotsTest, AFileThatIsDamagedWithinIsKeptWhenAnotherTakesItsPlace) {
  auto damaged = save(5);
  damaged[damaged.size() / 2] ^= 1;
  std::ofstream{file, std::ios::binary} << damaged;
  save(7);
  EXPECT_EQ(content_of(file + ".rejected-1"), damaged);
  EXPECT_EQ(items_in_file(), 7U);
  save(8);
  EXPECT_THAT(folder.names(), ElementsAre("items", "items.rejected-1"));
}

TEST_F(SnapshotsTest, AnEmptyFileIsTakenForNone) {
  std::ofstream{file};
  save(5);
  EXPECT_EQ(items_in_file(), 5U);
  EXPECT_THAT(folder.names(), ElementsAre("items"));
}

TEST_F(SnapshotsTest, AFolderThatIsNotThereIsToldAtTheStart) {
  store::Store store{options()};
  Snapshots snapshots{store, clock, folder / "missing/items", seconds{0}};
  EXPECT_THROW(snapshots.claim(), std::runtime_error);
}

TEST_F(SnapshotsTest, AHalfFileIsRemovedAtTheStart) {
  std::ofstream{file + ".unfinished"} << "half";
  store::Store store{options()};
  Snapshots snapshots{store, clock, file, seconds{0}};
  snapshots.claim();
  EXPECT_THAT(folder.names(), ElementsAre());
}

// With --reuse-port the new server starts while the old one may be saving.
TEST_F(SnapshotsTest, AHalfFileThatAnotherProcessWritesIsLeftAlone) {
  const SnapshotPlace other{base::system_files(), file};
  const auto half = other.create_unfinished();
  store::Store store{options()};
  Snapshots snapshots{store, clock, file, seconds{0}};
  snapshots.start();
  EXPECT_THAT(snapshots.finish(), Optional(HasSubstr("another process")));
  half->write(0, "still there");
  EXPECT_EQ(content_of(file + ".unfinished"), "still there");
}

TEST_F(SnapshotsTest, ALinkIsFollowed) {
  fs::create_directory(folder / "disk");
  fs::create_symlink(folder / "disk/data", file);
  std::ofstream{folder / "disk/data"};
  save(5);
  EXPECT_TRUE(fs::is_symlink(file));
  EXPECT_EQ(items_in_file(), 5U);
  EXPECT_GT(fs::file_size(folder / "disk/data"), 0U);
}

TEST_F(SnapshotsTest, AFlushAfterTheLastSaveOutlivesACrash) {
  save(5);
  store::Store store{options()};
  Snapshots snapshots{store, clock, file, seconds{0}};
  snapshots.start();
  wait_until_loaded(snapshots);
  store.flush(clock.now());
  while (items_in_file() != 0) std::this_thread::yield();
  snapshots.abandon();
}

// One failed update ended them all: with interval 0 a crash brought back all that was flushed
// since.
TEST_F(SnapshotsTest, AFlushIsEnteredAlthoughAnUpdateBeforeHasFailed) {
  save(5);
  const FaultyFiles files;
  store::Store store{options()};
  Snapshots snapshots{store, clock, file, seconds{0}, files};
  snapshots.start();
  wait_until_loaded(snapshots);
  files.fail(1);
  store.flush(clock.now());
  while (!files.has_failed()) std::this_thread::yield();
  fill(store, 3);
  while (items_in_file() == 5) std::this_thread::yield();
  store.flush(clock.now());
  while (items_in_file() != 0) std::this_thread::yield();
  snapshots.abandon();
}

// The state cannot be entered into a file of version 1, nor into one that is not ours to change.
TEST_F(SnapshotsTest, AnOldFileIsReplacedAsSoonAsItIsLoaded) {
  using namespace store::snapshot;
  FileHeaderV1 header{.seed = 9};
  header.checksum = checksum_of(header, 0);
  BlockHeader end{};
  end.checksum = checksum_of(end, header.seed);
  std::ofstream{file, std::ios::binary} << bytes_of(header) << bytes_of(header) << bytes_of(end)
                                        << std::flush;
  store::Store store{options()};
  fill(store, 3);
  Snapshots snapshots{store, clock, file, seconds{0}};
  snapshots.start();
  while (items_in_file() != 3) std::this_thread::yield();
}

TEST_F(SnapshotsTest, ALoadThatIsStoppedKeepsTheFile) {
  const auto before = save(100, 10'000);
  store::Store store{options()};
  GatedClock gated;
  Snapshots snapshots{store, gated, file, seconds{0}};
  gated.set_open(false);
  snapshots.start();
  gated.wait_for_reader();
  snapshots.abandon();
  gated.set_open(true);
  EXPECT_EQ(snapshots.finish(), std::nullopt);
  EXPECT_LT(store.stats().items, 100U);
  EXPECT_EQ(content_of(file), before);
  EXPECT_THAT(folder.names(), ElementsAre("items"));
}

}  // namespace
}  // namespace cocached::server
