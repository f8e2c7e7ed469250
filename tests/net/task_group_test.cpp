#include "net/task_group.hpp"

#include <stdexcept>

#include <boost/asio/steady_timer.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::net {
namespace {

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, IoExecutor>;

Task<void> wait_for(Timer& timer, int& ended) {
  co_await timer.async_wait(as_value);
  ++ended;
}

Task<void> throw_at_once() {
  throw std::runtime_error{"out of luck"};
  co_return;
}

class TaskGroupTest : public testing::Test {
 protected:
  void turn() {
    context_.restart();
    context_.poll();
  }

  asio::io_context context_{1};
  TaskGroup tasks_{context_.get_executor()};
  Timer timer_{context_.get_executor(), Timer::time_point::max()};
  int ended_ = 0;
  int called_ = 0;
};

TEST_F(TaskGroupTest, CountsTasksUntilTheyHaveEnded) {
  EXPECT_TRUE(tasks_.empty());
  tasks_.spawn(wait_for(timer_, ended_));
  tasks_.spawn(wait_for(timer_, ended_));
  EXPECT_FALSE(tasks_.empty());
  turn();
  EXPECT_FALSE(tasks_.empty());
  timer_.cancel();
  turn();
  EXPECT_TRUE(tasks_.empty());
  EXPECT_EQ(ended_, 2);
}

TEST_F(TaskGroupTest, AnEmptyGroupSaysSoAtOnce) {
  tasks_.when_empty([&] { ++called_; });
  EXPECT_EQ(called_, 1);
}

TEST_F(TaskGroupTest, SaysSoOnceWhenTheLastTaskHasEnded) {
  tasks_.spawn(wait_for(timer_, ended_));
  tasks_.when_empty([&] { ++called_; });
  turn();
  EXPECT_EQ(called_, 0);
  timer_.cancel();
  turn();
  EXPECT_EQ(called_, 1);
  tasks_.spawn(wait_for(timer_, ended_));
  turn();
  timer_.cancel();
  turn();
  EXPECT_EQ(called_, 1);
}

TEST_F(TaskGroupTest, AnExceptionEndsTheTaskAndNothingElse) {
  testing::internal::CaptureStderr();
  tasks_.spawn(throw_at_once());
  tasks_.spawn(wait_for(timer_, ended_));
  turn();
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("out of luck"));
  EXPECT_FALSE(tasks_.empty());
  timer_.cancel();
  turn();
  EXPECT_TRUE(tasks_.empty());
  EXPECT_EQ(ended_, 1);
}

TEST_F(TaskGroupTest, AKeptTaskBeginsAgainAfterAnException) {
  testing::internal::CaptureStderr();
  int begun = 0;
  tasks_.keep_running("accepting",
                      [&] { return ++begun < 3 ? throw_at_once() : wait_for(timer_, ended_); });
  while (begun < 3) context_.run_one();
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("accepting ended"));
  timer_.cancel();
  turn();
  EXPECT_TRUE(tasks_.empty());
  EXPECT_EQ(ended_, 1);
}

TEST_F(TaskGroupTest, AKeptTaskEndsWhenItReturns) {
  int begun = 0;
  tasks_.keep_running("accepting", [&] { return ++begun, wait_for(timer_, ended_); });
  turn();
  timer_.cancel();
  turn();
  EXPECT_TRUE(tasks_.empty());
  EXPECT_EQ(begun, 1);
}

}  // namespace
}  // namespace cocached::net
