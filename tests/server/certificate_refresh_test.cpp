#include "server/certificate_refresh.hpp"

#include "tests/support/manual_clock.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <gtest/gtest.h>

namespace cocached::server {
namespace {

namespace fs = std::filesystem;

class CertificateRefreshTest : public testing::Test {
 protected:
  CertificateRefreshTest() {
    clock_.set_wall(std::chrono::floor<base::Duration>(std::chrono::system_clock::now()) +
                    std::chrono::hours{1});
    write("one");
  }
  ~CertificateRefreshTest() override { fs::remove_all(folder_); }

  static fs::path new_folder() {
    std::string name = (fs::temp_directory_path() / "cocached-XXXXXX").string();
    return ::mkdtemp(name.data());
  }
  std::string path() const { return (folder_ / "certificate").string(); }
  void write(const std::string& text) const { std::ofstream{path(), std::ios::trunc} << text; }

  test::ManualClock::WallTime changed_at() const {
    struct stat found{};
    EXPECT_EQ(::stat(path().c_str(), &found), 0);
    return test::ManualClock::WallTime{std::chrono::seconds{found.st_ctim.tv_sec}};
  }

  /// Asks as often as a client may that wants to keep a worker busy; the last answer.
  std::string ask_often() {
    std::string answer;
    for (int i = 0; i < 1000; ++i) answer = refresh_.ask();
    return answer;
  }

  const fs::path folder_ = new_folder();
  test::ManualClock clock_;
  int readings_ = 0;
  std::string failure_;
  CertificateRefresh refresh_{{path(), (folder_ / "key").string()},
                              [this] {
                                ++readings_;
                                if (!failure_.empty()) throw std::runtime_error{failure_};
                              },
                              clock_};
};

TEST_F(CertificateRefreshTest, FilesThatHaveNotChangedAreReadOnceHoweverOftenAClientAsks) {
  EXPECT_EQ(ask_often(), "");
  EXPECT_EQ(readings_, 1);
}

TEST_F(CertificateRefreshTest, AChangedFileIsReadAgain) {
  ask_often();
  write("another");
  EXPECT_EQ(ask_often(), "");
  EXPECT_EQ(readings_, 2);
  fs::remove(path());
  ask_often();
  EXPECT_EQ(readings_, 3);
}

TEST_F(CertificateRefreshTest, AFailureIsToldAgainWithoutReading) {
  failure_ = "no certificate";
  EXPECT_EQ(ask_often(), "no certificate");
  EXPECT_EQ(readings_, 1);
  failure_.clear();
  write("another");
  EXPECT_EQ(ask_often(), "");
}

/// Its stamp may not tell whether it has changed after it was read.
TEST_F(CertificateRefreshTest, AFileThatHasJustChangedIsReadUntilItsStampTells) {
  write("another");
  clock_.set_wall(changed_at());
  refresh_.ask();
  refresh_.ask();
  EXPECT_EQ(readings_, 2);
  clock_.pass(std::chrono::hours{1});
  ask_often();
  EXPECT_EQ(readings_, 3);
}

}  // namespace
}  // namespace cocached::server
