#include "base/log_output.hpp"

#include "base/log.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <optional>
#include <string>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::base {
namespace {

using testing::HasSubstr;

/// stderr is a pipe that is full, and that the test reads or not.
class BlockedStderrTest : public testing::Test {
 protected:
  BlockedStderrTest() : before_(::dup(STDERR_FILENO)) {
    EXPECT_EQ(::pipe2(pipe_.data(), O_NONBLOCK), 0);
    const std::string part(4096, '.');
    while (::write(pipe_[1], part.data(), part.size()) > 0) continue;
    EXPECT_EQ(errno, EAGAIN);
    ::fcntl(pipe_[1], F_SETFL, 0);  // as a server finds it
    ::dup2(pipe_[1], STDERR_FILENO);
    set_log_options({.lines_per_second = 0});
  }
  ~BlockedStderrTest() override {
    ::dup2(before_, STDERR_FILENO);
    for (const int descriptor : {before_, pipe_[0], pipe_[1]}) ::close(descriptor);
    set_log_options({});
    const BackgroundLog forgets_that_nobody_read;
  }

  /// Reads until `end` has come.
  std::string read_until(std::string_view end) {
    std::string all;
    std::array<char, 65'536> part{};
    while (all.find(end) == std::string::npos) {
      const auto n = ::read(pipe_[0], part.data(), part.size());
      if (n > 0) all.append(part.data(), static_cast<std::size_t>(n));
    }
    return all;
  }

  void read_some(std::array<char, 4096>& part) {
    while (::read(pipe_[0], part.data(), part.size()) < 0 && errno == EINTR) continue;
  }

 private:
  int before_;
  std::array<int, 2> pipe_{};
};

TEST_F(BlockedStderrTest, HoldsNobodyUp) {
  const BackgroundLog background;
  for (int i = 0; i < 100; ++i) log_warning("line {}", i);
  const auto read = read_until("line 99\n");
  EXPECT_THAT(read, HasSubstr("line 0\n"));
  EXPECT_THAT(read, HasSubstr("line 50\n"));
}

TEST_F(BlockedStderrTest, LinesThatNobodyReadsAreDroppedAndCounted) {
  const BackgroundLog background;
  const std::string text(1000, 'x');
  for (int i = 0; i < 3000; ++i) log_warning("{}", text);
  while (!log_output().has_room()) read_until("x\n");
  log_warning("the end");
  EXPECT_THAT(read_until("the end\n"), HasSubstr("lines of the log were dropped"));
}

/// The fault: only the log itself told of them, which nobody read.
TEST_F(BlockedStderrTest, DroppedLinesAreAFigure) {
  const BackgroundLog background;
  const auto before = log_lines_dropped();
  const std::string text(1000, 'x');
  for (int i = 0; i < 3000; ++i) log_warning("{}", text);
  EXPECT_GE(log_lines_dropped() - before, 1500U);
  EXPECT_LE(log_lines_dropped() - before, 3000U);
  while (!log_output().has_room()) read_until("x\n");
  log_warning("the end");
  read_until("the end\n");
}

TEST_F(BlockedStderrTest, LinesOverTheirLimitAreCountedAsDropped) {
  const BackgroundLog background;
  set_log_options({.lines_per_second = 1});
  const auto before = log_lines_dropped();
  for (int i = 0; i < 100; ++i) log_warning("line {}", i);
  EXPECT_GE(log_lines_dropped() - before, 90U);
  read_until("line 0\n");
}

TEST_F(BlockedStderrTest, ASlowReaderHoldsNoEndUp) {
  std::optional<BackgroundLog> background{std::in_place};
  const std::string text(1000, 'x');
  for (int i = 0; i < 900; ++i) log_warning("{}", text);
  const std::jthread reader{[this](const std::stop_token& stop) {
    std::array<char, 4096> part{};
    while (!stop.stop_requested()) {
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
      read_some(part);
    }
  }};
  const auto began = std::chrono::steady_clock::now();
  background.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{3});
}

TEST_F(BlockedStderrTest, HoldsNoEndUp) {
  {
    const BackgroundLog background;
    log_warning("never read");
  }
  log_warning("dropped");
}

}  // namespace
}  // namespace cocached::base
