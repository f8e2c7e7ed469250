#include "net/admission.hpp"

#include "tests/net/connection_fixture.hpp"
#include "tests/support/fake_gatekeeper.hpp"

#include <thread>

namespace cocached::net {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kRight = "set x 0 0 10\r\nann secret\r\nmn\r\n";
constexpr std::string_view kWrong = "set x 0 0 9\r\nann guess\r\nget a\r\n";

class AdmissionTest : public testing::Test {
 protected:
  static test::Setup guarded(test::FakeGatekeeper& gatekeeper) {
    test::Setup setup;
    setup.gatekeeper = &gatekeeper;
    return setup;
  }

  void verdict() {
    gatekeeper_.answer();
    rig_.turn();
  }

  /// Lets real time pass until so much has been said.
  void expect_reply(std::string_view reply) {
    for (int i = 0; i < 10'000 && rig_.peer.received().size() < reply.size(); ++i) {
      std::this_thread::sleep_for(1ms);
      rig_.turn();
    }
    EXPECT_EQ(rig_.peer.received(), reply);
  }

  test::FakeGatekeeper gatekeeper_;
  ConnectionRig rig_{guarded(gatekeeper_)};
};

TEST_F(AdmissionTest, AKnownUserGoesOnAtOnce) {
  rig_.start();
  rig_.arrives(kRight);
  ASSERT_EQ(gatekeeper_.waiting.size(), 1U);
  EXPECT_EQ(gatekeeper_.waiting.front().first.user, "ann");
  EXPECT_EQ(rig_.peer.received(), "");
  verdict();
  EXPECT_EQ(rig_.peer.received(), "STORED\r\nMN\r\n");
}

TEST_F(AdmissionTest, TheVerdictMayComeFromAnotherThread) {
  rig_.start();
  rig_.arrives(kRight);
  std::thread{[this] { gatekeeper_.answer(); }}.join();
  EXPECT_EQ(rig_.peer.received(), "");
  rig_.turn();
  EXPECT_EQ(rig_.peer.received(), "STORED\r\nMN\r\n");
}

TEST_F(AdmissionTest, OwedRepliesGoOutBeforeTheVerdict) {
  rig_.start();
  rig_.arrives("get a\r\n" + std::string{kRight});
  EXPECT_EQ(rig_.peer.received(), "CLIENT_ERROR unauthenticated\r\n");
  verdict();
}

TEST_F(AdmissionTest, ARefusalIsLate) {
  rig_.start();
  rig_.arrives(kWrong);
  const auto began = std::chrono::steady_clock::now();
  verdict();
  EXPECT_EQ(rig_.peer.received(), "");
  expect_reply("CLIENT_ERROR authentication failure\r\nCLIENT_ERROR unauthenticated\r\n");
  EXPECT_GE(std::chrono::steady_clock::now() - began, 50ms);
}

TEST_F(AdmissionTest, AStopDoesNotWaitForARefusal) {
  rig_.start();
  rig_.arrives(kWrong);
  verdict();
  rig_.stop();
  EXPECT_EQ(rig_.peer.received(),
            "CLIENT_ERROR authentication failure\r\nCLIENT_ERROR unauthenticated\r\n");
  rig_.expect_gone();
}

TEST_F(AdmissionTest, AStopWaitsForTheVerdictAlone) {
  rig_.start();
  rig_.arrives(kWrong);
  rig_.stop();
  rig_.table.close_all();
  verdict();
  rig_.expect_gone();
}

TEST_F(AdmissionTest, AClientThatLeavesMeanwhileIsGoneAfterTheVerdict) {
  rig_.start();
  rig_.arrives(kRight);
  rig_.peer.reset();
  rig_.turn();
  verdict();
  rig_.expect_gone();
}

TEST_F(AdmissionTest, TheIdleAreParkedBeforeTheyAreKnown) {
  rig_.start();
  rig_.pass(2s);
  EXPECT_EQ(rig_.state(), "conn_waiting");
  rig_.arrives(kRight);
  rig_.pass(2s);
  EXPECT_EQ(rig_.state(), "conn_parse_cmd");
  verdict();
  EXPECT_EQ(rig_.peer.received(), "STORED\r\nMN\r\n");
}

/// Each step of the server's I/O fails once, with an error and with a wait.
TEST(AdmissionStepsTest, WhateverFailsNothingIsLeftBehind) {
  for (const auto& error :
       {error_code{asio::error::connection_reset}, error_code{asio::error::would_block}})
    for (std::size_t step = 0; step < 8; ++step) {
      SCOPED_TRACE(step);
      test::FakeGatekeeper gatekeeper;
      test::Setup setup;
      setup.gatekeeper = &gatekeeper;
      ConnectionRig rig{setup};
      rig.peer.fail(step, error);
      rig.start();
      rig.arrives("get a\r\n" + std::string{kRight});
      rig.peer.finish();
      rig.turn();
      while (!gatekeeper.waiting.empty()) gatekeeper.answer();
      rig.turn();
      rig.expect_gone();
    }
}

}  // namespace
}  // namespace cocached::net
