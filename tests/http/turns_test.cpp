#include "http/turns.hpp"

#include "net/task_group.hpp"

#include <algorithm>
#include <functional>
#include <vector>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

namespace cocached::http {
namespace {

class TurnsTest : public testing::Test {
 protected:
  net::Task<void> work(int who, int times) {
    for (int i = 0; i < times; ++i) {
      co_await turns_.next();
      worked_.push_back(who);
    }
  }

  boost::asio::io_context io_{1};
  Turns turns_{io_.get_executor()};
  net::TaskGroup tasks_{io_.get_executor()};
  std::vector<int> worked_;
};

TEST_F(TurnsTest, AreGivenInTurn) {
  for (int who = 0; who < 3; ++who) tasks_.spawn(work(who, 3));
  io_.run();
  // The first one has asked for its second turn before the others have begun.
  EXPECT_EQ(worked_, (std::vector{0, 0, 1, 2, 0, 1, 2, 1, 2}));
  EXPECT_TRUE(tasks_.empty());
}

/// The fault: a probe waited until each of many clients had an answer of 50 KiB composed.
TEST_F(TurnsTest, OneAtATimeAndWhateverElseIsReadyInBetween) {
  for (int who = 0; who < 60; ++who) tasks_.spawn(work(who, 100));
  io_.poll_one();
  std::size_t most = 0;
  const std::function<void(int)> step = [&](int left) {
    const auto before = worked_.size();
    net::asio::post(io_, [&, before, left] {
      most = std::max(most, worked_.size() - before);
      if (left > 0) step(left - 1);
    });
  };
  step(1000);
  io_.run();
  EXPECT_EQ(worked_.size(), 6000U);
  EXPECT_LE(most, 1U);
}

TEST_F(TurnsTest, OneThatIsAloneNeedNotWait) {
  tasks_.spawn(work(0, 1));
  io_.run();
  tasks_.spawn(work(1, 1));
  io_.restart();
  io_.run();
  EXPECT_EQ(worked_, (std::vector{0, 1}));
}

}  // namespace
}  // namespace cocached::http
