#include "server/login_queue.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cocached::server {
namespace {

using ::testing::ElementsAre;

class LoginQueueTest : public testing::Test {
 protected:
  static command::Credentials of(std::string user, std::uint64_t origin) {
    return {.user = std::move(user), .password = "some", .origin = origin};
  }

  /// The user whose attempt is refused for want of room; empty: nobody's is.
  std::string push(std::string user, std::uint64_t origin) {
    const auto refused = queue_.push({of(std::move(user), origin), {}});
    return refused ? refused->who.user : "";
  }

  std::vector<std::string> pop(std::size_t count) {
    std::vector<std::string> users;
    while (users.size() < count)
      if (auto next = queue_.pop())
        users.push_back(next->who.user);
      else
        break;
    return users;
  }

  LoginQueue queue_;
};

TEST_F(LoginQueueTest, OneOriginIsServedInItsOrder) {
  for (const auto* user : {"a", "b", "c"}) push(user, 1);
  EXPECT_THAT(pop(9), ElementsAre("a", "b", "c"));
}

TEST_F(LoginQueueTest, AHundredGuessesOfOneOriginHoldNoOtherUp) {
  for (int i = 0; i < 100; ++i) push("guess", 2);
  push("ann", 1);
  EXPECT_THAT(pop(3), ElementsAre("guess", "ann", "guess"));
  EXPECT_EQ(queue_.size(), 98U);
}

TEST_F(LoginQueueTest, AUserWhoLoggedInLatelyWaitsBehindFewOfManyOrigins) {
  queue_.learn(of("ann", 1), true);
  for (std::uint64_t origin = 2; origin < 100; ++origin) push("guess", origin);
  push("ann", 1);
  EXPECT_THAT(pop(2), ElementsAre("ann", "guess"));
}

TEST_F(LoginQueueTest, AUserIsKnownAtOneOriginAlone) {
  queue_.learn(of("ann", 1), true);
  for (int i = 0; i < 3; ++i) push("guess", 2);
  push("ann", 3);
  push("bob", 1);
  EXPECT_THAT(pop(9), ElementsAre("guess", "ann", "bob", "guess", "guess"));
}

TEST_F(LoginQueueTest, AWrongPasswordMakesAStranger) {
  queue_.learn(of("ann", 1), true);
  queue_.learn(of("ann", 1), false);
  push("guess", 2);
  push("ann", 1);
  EXPECT_THAT(pop(9), ElementsAre("guess", "ann"));
}

/// Known clients do not keep strangers waiting for ever.
TEST_F(LoginQueueTest, KnownUsersAndStrangersTakeTurns) {
  queue_.learn(of("ann", 1), true);
  for (int i = 0; i < 3; ++i) push("ann", 1);
  for (int i = 0; i < 3; ++i) push("eve", 2);
  EXPECT_THAT(pop(9), ElementsAre("ann", "eve", "ann", "eve", "ann", "eve"));
}

TEST_F(LoginQueueTest, TheOldestOfManySuccessesIsForgotten) {
  for (std::uint64_t origin = 0; origin <= LoginQueue::kMostRemembered; ++origin)
    queue_.learn(of("ann", origin), true);
  push("guess", 1'000'000);
  push("ann", 0);
  push("ann", LoginQueue::kMostRemembered);
  EXPECT_THAT(pop(9), ElementsAre("ann", "guess", "ann"));
}

TEST_F(LoginQueueTest, WhereTooManyWaitTheOriginWithMostOfThemGivesWay) {
  for (std::size_t i = 0; i < LoginQueue::kMostWaiting; ++i) EXPECT_EQ(push("guess", 2), "");
  EXPECT_EQ(push("ann", 1), "guess");
  EXPECT_EQ(queue_.size(), LoginQueue::kMostWaiting);
  EXPECT_THAT(pop(2), ElementsAre("guess", "ann"));
}

TEST_F(LoginQueueTest, NobodyWaits) {
  EXPECT_FALSE(queue_.pop());
}

}  // namespace
}  // namespace cocached::server
