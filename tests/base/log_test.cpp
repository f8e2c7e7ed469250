#include "base/log.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::base {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

struct Unprintable {};

struct Counted {
  int& formatted;
};

}  // namespace
}  // namespace cocached::base

template <>
struct fmt::formatter<cocached::base::Unprintable> {
  constexpr auto parse(format_parse_context& context) { return context.begin(); }
  template <typename Context>
  auto format(const cocached::base::Unprintable&, Context& context) const
      -> decltype(context.out()) {
    throw std::runtime_error("unprintable");
  }
};

template <>
struct fmt::formatter<cocached::base::Counted> {
  constexpr auto parse(format_parse_context& context) { return context.begin(); }
  template <typename Context>
  auto format(const cocached::base::Counted& value, Context& context) const {
    ++value.formatted;
    return context.out();
  }
};

namespace cocached::base {
namespace {

class LogTest : public testing::Test {
 protected:
  void TearDown() override {
    set_log_verbosity(0);
    set_log_options({});
  }

  // Returns the text that `write` sends to stderr.
  template <typename Write>
  static std::string captured(Write write) {
    testing::internal::CaptureStderr();
    write();
    return testing::internal::GetCapturedStderr();
  }
};

TEST_F(LogTest, WritesLevelAndTextInOneLine) {
  const std::string text = captured([] { log_warning("port {} is taken", 11211); });
  EXPECT_THAT(text, AllOf(HasSubstr(" warning ["), EndsWith("] port 11211 is taken\n")));
}

TEST_F(LogTest, ErrorsAndWarningsOnlyByDefault) {
  EXPECT_TRUE(log_enabled(LogLevel::error));
  EXPECT_TRUE(log_enabled(LogLevel::warning));
  EXPECT_FALSE(log_enabled(LogLevel::info));
  EXPECT_THAT(captured([] { log_info("unseen"); }), IsEmpty());
}

TEST_F(LogTest, EachVerbosityAddsALevel) {
  const std::vector levels{LogLevel::warning, LogLevel::info, LogLevel::debug, LogLevel::trace};
  for (int verbosity = 0; verbosity < 4; ++verbosity) {
    set_log_verbosity(verbosity);
    for (int level = 0; level < 4; ++level) {
      EXPECT_EQ(log_enabled(levels[static_cast<std::size_t>(level)]), level <= verbosity);
    }
  }
}

TEST_F(LogTest, VerbosityOutOfRangeIsClamped) {
  set_log_verbosity(-1);
  EXPECT_TRUE(log_enabled(LogLevel::warning));
  EXPECT_FALSE(log_enabled(LogLevel::info));
  set_log_verbosity(100);
  EXPECT_TRUE(log_enabled(LogLevel::trace));
}

TEST_F(LogTest, FormatsNothingForALevelThatIsOff) {
  int formatted = 0;
  captured([&formatted] {
    log_debug("{}", Counted{formatted});
    log_warning("{}", Counted{formatted});
  });
  EXPECT_EQ(formatted, 1);
}

TEST_F(LogTest, BracesInAnArgumentArePlainText) {
  EXPECT_THAT(captured([] { log_error("key {}", "{}{0}%d"); }), EndsWith("key {}{0}%d\n"));
}

TEST_F(LogTest, AFormatterThatThrowsLosesTheLineOnly) {
  const std::string text = captured([] {
    log_error("{}", Unprintable{});
    log_error("after");
  });
  EXPECT_THAT(text, EndsWith("] after\n"));
}

TEST_F(LogTest, AsJsonEachLineIsAnObject) {
  set_log_options({.json = true});
  const std::string text = captured([] { log_warning("{}", "a \"key\"\n\xff"); });
  EXPECT_THAT(text, testing::MatchesRegex(
                        R"(\{"time":"[-0-9:.T+]+","level":"warning","thread":[0-9]+,"message":)"
                        R"("a \\"key\\"\\n.+"\}.)"));
}

TEST_F(LogTest, AFloodIsLeftOutAndCountedAndHidesNoWarning) {
  set_log_options({.lines_per_second = 10});
  set_log_verbosity(1);
  const std::string text = captured([] {
    for (int i = 0; i < 1000; ++i) log_info("flood");
    log_warning("seen");
  });
  EXPECT_LT(std::ranges::count(text, '\n'), 100);
  EXPECT_THAT(text, HasSubstr("] seen\n"));
}

TEST_F(LogTest, LinesOfManyThreadsDoNotMix) {
  constexpr int kThreads = 4;
  constexpr int kLines = 100;
  const std::string text = captured([] {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([] {
        for (int line = 0; line < kLines; ++line) log_warning("{}", std::string(200, 'x'));
      });
    }
  });
  const std::string line = std::string(200, 'x') + "\n";
  std::size_t lines = 0;
  for (auto at = text.find(line); at != std::string::npos; at = text.find(line, at + 1)) ++lines;
  EXPECT_EQ(lines, std::size_t{kThreads} * kLines);
}

}  // namespace
}  // namespace cocached::base
