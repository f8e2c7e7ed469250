#include "server/reload.hpp"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::server {
namespace {

using ::testing::ElementsAre;

/// Reads that are remembered, and one that fails.
struct ReloadTest : ::testing::Test {
  void add(const std::string& name) {
    reload.add(name, [this, name] { read.push_back(name); });
  }
  void add_broken(const std::string& name) {
    reload.add(name, [] { throw std::runtime_error{"no such file"}; });
  }

  Reload reload;
  std::vector<std::string> read;
};

TEST_F(ReloadTest, ReadsEverythingInOrder) {
  add("settings");
  add("certificates");
  EXPECT_TRUE(reload.run_all());
  EXPECT_TRUE(reload.run_all());
  EXPECT_THAT(read, ElementsAre("settings", "certificates", "settings", "certificates"));
}

TEST_F(ReloadTest, OneThatFailsDoesNotKeepTheRestFromBeingRead) {
  add("settings");
  add_broken("users");
  add("certificates");
  ::testing::internal::CaptureStderr();
  EXPECT_FALSE(reload.run_all());
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              ::testing::HasSubstr("users: not read again: no such file"));
  EXPECT_THAT(read, ElementsAre("settings", "certificates"));
}

TEST_F(ReloadTest, ReadsOneByName) {
  add("settings");
  add("certificates");
  reload.run("certificates");
  EXPECT_THAT(read, ElementsAre("certificates"));
}

TEST_F(ReloadTest, OneByNameTellsWhyItFailed) {
  add_broken("certificates");
  EXPECT_THROW(reload.run("certificates"), std::runtime_error);
  EXPECT_THROW(reload.run("users"), std::logic_error);
}

}  // namespace
}  // namespace cocached::server
