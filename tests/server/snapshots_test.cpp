#include "server/snapshots.hpp"

#include "tests/support/manual_clock.hpp"

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::server {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
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
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator{path_}, fs::directory_iterator{}));
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
    waiting_ = true;
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
  void open() {
    const std::lock_guard lock{mutex_};
    open_ = true;
    changed_.notify_all();
  }

 private:
  test::ManualClock clock_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable bool waiting_ = false;
  bool open_ = false;
};

struct SnapshotsTest : ::testing::Test {
  static store::Options options() { return {.memory_limit = std::size_t{16} << 20, .threads = 1}; }

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
  EXPECT_EQ(folder.files(), 1U);
}

TEST_F(SnapshotsTest, AFinalSaveThatFailsIsTold) {
  store::Store store{options()};
  Snapshots snapshots{store, clock, file, seconds{0}};
  snapshots.start();
  fs::create_directory(file + ".unfinished");
  EXPECT_THAT(snapshots.finish(), Optional(HasSubstr("is not saved")));
}

TEST_F(SnapshotsTest, ALoadThatIsStoppedKeepsTheFile) {
  const auto before = save(100, 10'000);
  store::Store store{options()};
  GatedClock gated;
  Snapshots snapshots{store, gated, file, seconds{0}};
  snapshots.start();
  gated.wait_for_reader();
  snapshots.abandon();
  gated.open();
  EXPECT_EQ(snapshots.finish(), std::nullopt);
  EXPECT_LT(store.stats().items, 100U);
  EXPECT_EQ(content_of(file), before);
  EXPECT_EQ(folder.files(), 1U);
}

}  // namespace
}  // namespace cocached::server
