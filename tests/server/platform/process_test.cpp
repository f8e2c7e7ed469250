#include "server/platform/process.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

#include <gtest/gtest.h>

namespace cocached::server {
namespace {

std::filesystem::path temporary(const char* name) {
  return std::filesystem::path{::testing::TempDir()} / (name + std::to_string(getpid()));
}

TEST(FindUser, TakesNamesAndNumbers) {
  EXPECT_EQ(find_user("root").id, 0U);
  EXPECT_EQ(find_user("0").id, 0U);
  EXPECT_EQ(find_user("0").group, 0U);
}

TEST(FindUser, TakesNumbersThatNobodyHas) {
  EXPECT_EQ(find_user("4000000").id, 4000000U);
  EXPECT_EQ(find_user("4000000").group, 4000000U);
}

TEST(FindUser, RejectsUnknownNames) {
  EXPECT_THROW(find_user("no such user"), NoSuchUser);
  EXPECT_THROW(find_user(""), NoSuchUser);
}

TEST(PidFile, IsThereAsLongAsItLives) {
  const auto path = temporary("pid");
  {
    const PidFile file{path};
    pid_t written = 0;
    std::ifstream{path} >> written;
    EXPECT_EQ(written, getpid());
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(PidFile, OverwritesNoFileOfSomethingElse) {
  const auto path = temporary("notes");
  std::ofstream{path} << "12 things to do\n";
  EXPECT_THROW(PidFile{path}, std::runtime_error);
  EXPECT_GT(std::filesystem::file_size(path), 0U);
  std::filesystem::remove(path);
}

TEST(PidFile, ReplacesThatOfAnEarlierProcessAndLeavesThatOfALaterOne) {
  const auto path = temporary("pid");
  std::ofstream{path} << "1234\n";
  {
    const PidFile file{path};
    std::ofstream{path} << "5678\n";
  }
  EXPECT_TRUE(std::filesystem::remove(path));
}

/// memcached warns and serves.
TEST(PidFile, WarnsWhereNothingCanBeWritten) {
  testing::internal::CaptureStderr();
  const PidFile file{temporary("no/such/folder")};
  EXPECT_NE(testing::internal::GetCapturedStderr().find("cannot write the pid file"),
            std::string::npos);
}

TEST(FileLimit, IsNeverLowered) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  raise_file_limit(1, 1);
  rlimit after{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_cur);
}

}  // namespace
}  // namespace cocached::server
