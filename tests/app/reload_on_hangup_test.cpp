#include "app/reload_on_hangup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

CommandLine read(const std::vector<const char*>& arguments) {
  return std::get<CommandLine>(parse_command_line(arguments));
}

TEST(WaitingForRestart, IsWhatCannotChangeWhileServing) {
  const auto before = read({"-m", "128", "-t", "2", "-c", "9"});
  const auto after =
      read({"-m", "256", "-t", "3", "-A", "-vv", "-o", "idle_timeout=9,track_sizes"});
  EXPECT_THAT(waiting_for_restart(before, after),
              ElementsAre("--conn-limit", "--enable-shutdown", "--threads", "-o track_sizes"));
}

TEST(WaitingForRestart, IsNothingWhereNothingChanged) {
  const auto line = read({"-m", "128", "-l", "a,b", "-o", "modern"});
  EXPECT_THAT(waiting_for_restart(line, line), IsEmpty());
}

}  // namespace
}  // namespace cocached::app
