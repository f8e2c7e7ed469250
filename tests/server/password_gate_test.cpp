#include "server/password_gate.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::server {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class GateTest : public testing::Test {
 protected:
  GateTest() {
    std::string name = (fs::temp_directory_path() / "cocached-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~GateTest() override { fs::remove_all(folder_); }

  std::string path() const { return (folder_ / "users").string(); }
  void write(const std::string& text) const { std::ofstream{path(), std::ios::trunc} << text; }

  static bool admits(PasswordGate& gate, const std::string& user, const std::string& password) {
    std::promise<bool> verdict;
    gate.ask({user, password}, [&](bool admitted) { verdict.set_value(admitted); });
    return verdict.get_future().get();
  }

  std::string error() const {
    try {
      const PasswordGate gate{path()};
      return "none";
    } catch (const std::runtime_error& failure) {
      return failure.what();
    }
  }

  fs::path folder_;
};

TEST_F(GateTest, LetsTheUsersOfItsFileIn) {
  write("ann:one\n");
  PasswordGate gate{path()};
  gate.start();
  EXPECT_TRUE(admits(gate, "ann", "one"));
  EXPECT_FALSE(admits(gate, "ann", "two"));
  EXPECT_FALSE(admits(gate, "bob", "one"));
}

TEST_F(GateTest, ReadsItsFileAgain) {
  write("ann:one\n");
  PasswordGate gate{path()};
  gate.start();
  write("ann:two\nbob:three\n");
  gate.reload();
  EXPECT_FALSE(admits(gate, "ann", "one"));
  EXPECT_TRUE(admits(gate, "ann", "two"));
  EXPECT_TRUE(admits(gate, "bob", "three"));
}

TEST_F(GateTest, KeepsItsUsersWhereTheFileHasBecomeUnusable) {
  write("ann:one\n");
  PasswordGate gate{path()};
  gate.start();
  write("no user at all\n");
  EXPECT_THROW(gate.reload(), std::runtime_error);
  EXPECT_TRUE(admits(gate, "ann", "one"));
  fs::remove(path());
  EXPECT_THROW(gate.reload(), std::runtime_error);
  EXPECT_TRUE(admits(gate, "ann", "one"));
}

TEST_F(GateTest, SaysWhatIsWrongWithAFile) {
  EXPECT_THAT(error(), HasSubstr(path()));
  EXPECT_THAT(error(), HasSubstr("No such file"));
  write("ann:one\nbob\n");
  EXPECT_THAT(error(), HasSubstr("line 2"));
  fs::remove(path());
  fs::create_directory(path());
  EXPECT_THAT(error(), HasSubstr(path()));
}

TEST_F(GateTest, OnceClosedItLetsNobodyIn) {
  write("ann:one\n");
  PasswordGate gate{path()};
  gate.start();
  gate.close();
  EXPECT_FALSE(admits(gate, "ann", "one"));
}

}  // namespace
}  // namespace cocached::server
