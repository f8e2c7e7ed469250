#include "tests/net/connection_fixture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace cocached::net {
namespace {

using namespace std::chrono_literals;
using testing::StartsWith;

std::string large_value() {
  return std::string(50'000, 'v');
}
std::string store_large() {
  return fmt::format("set large 0 0 50000\r\n{}\r\n", large_value());
}
std::string found_large() {
  return fmt::format("VALUE large 0 50000\r\n{}\r\nEND\r\n", large_value());
}

class ConnectionTest : public testing::Test {
 protected:
  ConnectionRig rig_;
};

TEST_F(ConnectionTest, AnswersWhatArrives) {
  rig_.start();
  EXPECT_EQ(rig_.state(), "conn_read");
  rig_.arrives("set a 0 0 1\r\n1\r\nget a\r\n");
  EXPECT_EQ(rig_.peer.received(), "STORED\r\nVALUE a 0 1\r\n1\r\nEND\r\n");
  rig_.arrives("mn\r\n");
  EXPECT_THAT(rig_.peer.received(), testing::EndsWith("MN\r\n"));
  rig_.peer.finish();
  rig_.turn();
  rig_.expect_gone();
}

TEST_F(ConnectionTest, CountsBytesBothWays) {
  rig_.start();
  rig_.arrives("mn\r\nbogus\r\n");
  EXPECT_EQ(rig_.server.count(command::Count::bytes_read), 11U);
  EXPECT_EQ(rig_.server.count(command::Count::bytes_written), 11U);
}

TEST_F(ConnectionTest, TimesEachCommandOnceByWhatItDoes) {
  rig_.start();
  rig_.arrives(store_large());  // its value comes apart from its line
  rig_.arrives("set a 0 0 1\r\n1\r\nget a b\r\nmg a v\r\ngat 0 a\r\ntouch a 0\r\n");
  rig_.arrives("incr a 1\r\nma a\r\ndelete a\r\nmd b\r\nversion\r\nbogus\r\nms c 1\r\n");
  const auto count = [this](insight::Family family) {
    return rig_.server.view.latencies()[family].count();
  };
  using enum insight::Family;
  EXPECT_EQ(count(set), 2U);
  EXPECT_EQ(count(get), 3U);
  EXPECT_EQ(count(touch), 1U);
  EXPECT_EQ(count(arithmetic), 2U);
  EXPECT_EQ(count(remove), 2U);
  EXPECT_EQ(count(other), 2U);
  rig_.arrives("1\r\n");
  EXPECT_EQ(count(set), 3U);
}

TEST_F(ConnectionTest, TimesCommandsOfConnectionsThatGiveWay) {
  std::string gets;
  for (int i = 0; i < 100; ++i) gets += "get a\r\n";
  rig_.start();
  rig_.arrives(gets);
  EXPECT_EQ(rig_.server.view.latencies()[insight::Family::get].count(), 100U);
}

TEST_F(ConnectionTest, AnswersWhatHadArrivedBeforeTheClientFinished) {
  rig_.peer.send("mn\r\nmn\r\nquit");
  rig_.peer.finish();
  rig_.start();
  EXPECT_EQ(rig_.peer.received(), "MN\r\nMN\r\n");
  rig_.expect_gone();
}

TEST_F(ConnectionTest, ReadsInPiecesOfAnySize) {
  const auto all = store_large() + "get large\r\nmn\r\n";
  for (const std::size_t size : {1000U, 16'384U, 16'385U, 50'000U, 100'000U}) {
    ConnectionRig rig;
    rig.peer.limit_reads_to(size);
    rig.start();
    rig.arrives(all);
    EXPECT_TRUE(rig.peer.received() == "STORED\r\n" + found_large() + "MN\r\n") << size;
  }
}

TEST_F(ConnectionTest, WaitsForAClientThatReadsSlowly) {
  rig_.peer.read_up_to(0);
  rig_.start();
  rig_.arrives(store_large() + "get large\r\nmn\r\n");
  EXPECT_EQ(rig_.state(), "conn_mwrite");
  const auto expected = "STORED\r\n" + found_large() + "MN\r\n";
  while (rig_.peer.received().size() < expected.size()) {
    const auto before = rig_.peer.received().size();
    rig_.peer.read_up_to(10'000);
    rig_.turn();
    ASSERT_GT(rig_.peer.received().size(), before);
  }
  EXPECT_TRUE(rig_.peer.received() == expected);
  EXPECT_EQ(rig_.state(), "conn_read");
}

TEST_F(ConnectionTest, TakesNoMoreRequestsFromAClientThatDoesNotRead) {
  rig_.peer.read_up_to(0);
  rig_.start();
  rig_.arrives(store_large());
  rig_.arrives("set a 0 0 1\r\n1\r\n");
  EXPECT_EQ(rig_.server.store.stats().items, 1U);
  rig_.peer.read_up_to(100);
  rig_.turn();
  EXPECT_EQ(rig_.server.store.stats().items, 2U);
}

TEST_F(ConnectionTest, YieldsAndGoesOn) {
  std::string asked;
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    asked += "mn\r\n";
    expected += "MN\r\n";
  }
  rig_.start();
  rig_.arrives(asked);
  EXPECT_EQ(rig_.peer.received(), expected);
  EXPECT_EQ(rig_.server.count(command::Count::yield), 4U);
}

// ---- a client that keeps sending ----

/// More than a reply's batch takes, so that each is sent in several passes.
std::string get_large_often() {
  std::string line = "get";
  for (int i = 0; i < 100; ++i) line += " large";
  return line + "\r\n";
}

class FloodTest : public ConnectionTest {
 protected:
  /// How many of the client's requests had been read when something else had its turn.
  static std::size_t read_before_others_turn(ConnectionRig& rig, const std::string& request) {
    constexpr std::size_t kTimes = 100;
    rig.start();
    rig.arrives(store_large());
    rig.peer.keep_sending(request, kTimes);
    std::size_t left = 0;
    asio::post(rig.executor(),
               [&] { asio::post(rig.executor(), [&] { left = rig.peer.times_left(); }); });
    rig.turn();
    return kTimes - left;
  }
};

TEST_F(FloodTest, ManyKeysInARowHoldNobodyUp) {
  EXPECT_LE(read_before_others_turn(rig_, get_large_often()), 5U);
}

/// Each fills the input buffer, so that the next is read at once.
TEST_F(FloodTest, FullReadsHoldNobodyUp) {
  const auto fills_the_buffer = store_large().substr(0, base::BlockPool::kBlockSize);
  EXPECT_LE(read_before_others_turn(rig_, fills_the_buffer), 40U);
}

TEST_F(FloodTest, TheRequestsOfATurnAreCountedAcrossReads) {
  const std::string value(base::BlockPool::kBlockSize - 19, 'v');
  const auto request = "set a 0 0 16365\r\n" + value + "\r\n";
  ConnectionRig rig{test::with({.requests_per_event = 5})};
  EXPECT_LE(read_before_others_turn(rig, request), 11U);
}

TEST_F(FloodTest, AReplyThatTheClientReadsAsFastAsItIsSentHoldsNobodyUp) {
  rig_.start();
  rig_.arrives("set huge 0 0 1000000\r\n" + std::string(1'000'000, 'v') + "\r\n");
  rig_.peer.limit_writes_to(1000);
  std::size_t sent = 0;
  rig_.peer.send("get huge\r\n");
  asio::post(rig_.executor(),
             [&] { asio::post(rig_.executor(), [&] { sent = rig_.peer.received().size(); }); });
  rig_.turn();
  EXPECT_GT(rig_.peer.received().size(), 1'000'000U);
  EXPECT_LE(sent, 50'000U);
}

TEST_F(FloodTest, StoppedItEndsThoughTheClientGoesOnSending) {
  rig_.start();
  rig_.arrives(store_large());
  rig_.peer.read_up_to(0);
  rig_.arrives(get_large_often());  // it is busy when the worker stops
  rig_.peer.keep_sending("mn\r\n", 2000);
  rig_.stop();
  rig_.peer.read_up_to(100'000'000);
  rig_.turn();
  rig_.expect_gone();
  EXPECT_THAT(rig_.peer.received(), testing::EndsWith("END\r\nMN\r\n"));
  EXPECT_TRUE(rig_.peer.send_is_shut());
  EXPECT_GT(rig_.peer.times_left(), 0U);
}

TEST_F(FloodTest, ClosedUnderItsFeetItGoesThoughItNeedNotWait) {
  rig_.start();
  rig_.arrives(store_large());
  rig_.peer.keep_sending("get large\r\n", 100);
  asio::post(rig_.executor(), [&] { rig_.table.close_all(); });
  rig_.turn();
  rig_.expect_gone();
  EXPECT_GT(rig_.peer.times_left(), 0U);
}

/// The fault: connections that were at work when the time for a stop was over worked on.
TEST_F(FloodTest, AtTheDeadlineOfAStopItEndsThoughItHasMoreToAnswer) {
  std::string asked;
  for (int i = 0; i < 1000; ++i) asked += "mn\r\n";
  rig_.start();
  rig_.peer.send(asked);
  asio::post(rig_.executor(), [&] {
    rig_.stopping = {.begun = true, .deadline = std::chrono::steady_clock::time_point::min()};
  });
  rig_.turn();
  rig_.expect_gone();
  EXPECT_LT(rig_.peer.received().size(), asked.size() / 2);
}

TEST_F(FloodTest, AtTheDeadlineOfAStopItEndsThoughItHasMoreToSend) {
  rig_.start();
  rig_.arrives("set huge 0 0 1000000\r\n" + std::string(1'000'000, 'v') + "\r\n");
  rig_.peer.limit_writes_to(1000);
  rig_.peer.send("get huge\r\n");
  asio::post(rig_.executor(), [&] {
    rig_.stopping = {.begun = true, .deadline = std::chrono::steady_clock::time_point::min()};
  });
  rig_.turn();
  rig_.expect_gone();
  EXPECT_LT(rig_.peer.received().size(), 500'000U);
}

/// Thousands of keys in one line, many times over: others have turns in between.
TEST_F(FloodTest, LongListsOfKeysHoldNobodyUp) {
  std::string line = "get";
  for (int i = 0; i < 4000; ++i) line += " k";
  line += "\r\n";
  rig_.start();
  rig_.peer.keep_sending(line, 100);
  std::uint64_t looked_up = 0;
  asio::post(rig_.executor(), [&] {
    asio::post(rig_.executor(), [&] { looked_up = rig_.server.count(command::Count::get); });
  });
  rig_.turn();
  EXPECT_GE(rig_.server.count(command::Count::get), 400'000U);
  EXPECT_LE(looked_up, 4000U);
}

// ---- hanging up ----

TEST_F(ConnectionTest, HangingUpItReadsOnUntilTheClientHasClosed) {
  rig_.start();
  rig_.arrives("mn\r\nquit\r\nmn\r\n");
  EXPECT_EQ(rig_.peer.received(), "MN\r\n");
  EXPECT_TRUE(rig_.peer.send_is_shut());
  EXPECT_EQ(rig_.state(), "conn_closing");
  rig_.arrives(std::string(100'000, 'x'));
  EXPECT_EQ(rig_.peer.received(), "MN\r\n");
  rig_.peer.finish();
  rig_.turn();
  rig_.expect_gone();
}

TEST_F(ConnectionTest, HangingUpItDoesNotReadForEver) {
  rig_.peer.limit_reads_to(10);
  rig_.start();
  rig_.arrives("quit\r\n" + std::string(100'000, 'x'));
  rig_.expect_gone();
}

TEST_F(ConnectionTest, HangingUpItDoesNotWaitForEver) {
  rig_.start();
  rig_.arrives("quit\r\n");
  EXPECT_EQ(rig_.state(), "conn_closing");
  rig_.pass(2s);
  rig_.expect_gone();
}

/// The fault: only the next look after idle clients closed it, seconds later.
TEST_F(ConnectionTest, HangingUpItClosesAMomentLaterByItself) {
  rig_.start();
  rig_.arrives("mn\r\nquit\r\n");
  EXPECT_EQ(rig_.state(), "conn_closing");
  rig_.finish();
  EXPECT_EQ(rig_.peer.received(), "MN\r\n");
  rig_.expect_gone();
}

TEST_F(ConnectionTest, SendsWhatIsOwedBeforeItHangsUp) {
  rig_.start();
  rig_.arrives(store_large());
  rig_.peer.read_up_to(100);
  rig_.arrives("get large\r\nquit\r\n");
  EXPECT_FALSE(rig_.peer.send_is_shut());
  rig_.peer.read_up_to(100'000);
  rig_.turn();
  EXPECT_TRUE(rig_.peer.received() == "STORED\r\n" + found_large());
  EXPECT_TRUE(rig_.peer.send_is_shut());
}

// ---- silence ----

TEST_F(ConnectionTest, ASilentConnectionHoldsNoBuffers) {
  rig_.start();
  rig_.arrives("mn\r\n");
  EXPECT_GT(rig_.blocks.used(), 0U);
  rig_.pass(2s);
  EXPECT_EQ(rig_.blocks.used(), 0U);
  EXPECT_EQ(rig_.state(), "conn_waiting");
  rig_.arrives("mn\r\n");
  EXPECT_EQ(rig_.peer.received(), "MN\r\nMN\r\n");
  rig_.pass(2s);
  EXPECT_EQ(rig_.blocks.used(), 0U);
  rig_.peer.finish();
  rig_.turn();
  rig_.expect_gone();
}

TEST_F(ConnectionTest, InTheMiddleOfARequestItKeepsThem) {
  for (const std::string start : {"get ", "set a 0 0 10\r\n12345"}) {
    ConnectionRig rig;
    rig.start();
    rig.arrives(start);
    rig.pass(2s);
    EXPECT_GT(rig.blocks.used(), 0U);
    rig.arrives("a\r\n");
    rig.arrives("9\r\n\r\nmn\r\n");
    EXPECT_THAT(rig.peer.received(), testing::EndsWith("MN\r\n")) << start;
  }
}

TEST_F(ConnectionTest, InTheMiddleOfALargeValueItIsNotParked) {
  const auto request = store_large();
  rig_.start();
  rig_.arrives(request.substr(0, 20'000));
  EXPECT_EQ(rig_.state(), "conn_nread");
  rig_.pass(2s);
  rig_.arrives(request.substr(20'000));
  EXPECT_EQ(rig_.peer.received(), "STORED\r\n");
}

TEST_F(ConnectionTest, IsClosedAfterTheIdleTimeout) {
  rig_.start();
  rig_.arrives("mn\r\n");
  rig_.pass(10s, 60s);
  EXPECT_EQ(rig_.state(), "conn_waiting");
  rig_.pass(50s, 60s);
  rig_.expect_gone();
  EXPECT_EQ(rig_.server.count(command::Count::idle_kick), 1U);
}

TEST_F(ConnectionTest, WithinAValueItIsClosedAfterTheIdleTimeoutToo) {
  rig_.start();
  rig_.arrives("set a 0 0 100000\r\nabc");
  rig_.pass(60s, 60s);
  rig_.expect_gone();
  EXPECT_EQ(rig_.server.count(command::Count::idle_kick), 1U);
}

TEST_F(ConnectionTest, SlowRequestsAreClosed) {
  for (const auto* beginning : {"get ", "set a 0 0 100000\r\n", "set a 0 0 100000000\r\n"}) {
    ConnectionRig rig;
    rig.start();
    rig.arrives(beginning);
    for (int second = 0; second < 10; ++second) {
      rig.look_for_slow({.request = 10s});
      EXPECT_NE(rig.state(), "gone");
      rig.arrives("x");
      rig.server.clock.pass(1s);
    }
    rig.look_for_slow({.request = 10s});
    rig.expect_gone();
    EXPECT_EQ(rig.server.count(command::Count::slow_request), 1U);
  }
}

TEST_F(ConnectionTest, RepliesThatAreNotReadAreClosed) {
  rig_.start();
  rig_.peer.read_up_to(10);
  rig_.arrives("version\r\nversion\r\n");
  rig_.look_for_slow({.reply = 10s});
  rig_.server.clock.pass(10s);
  rig_.look_for_slow({.reply = 10s});
  rig_.expect_gone();
  EXPECT_EQ(rig_.server.count(command::Count::slow_reply), 1U);
}

TEST_F(ConnectionTest, ACommandStartsTheIdleTimeoutAgain) {
  rig_.start();
  rig_.pass(50s, 60s);
  rig_.arrives("mn\r\n");
  rig_.pass(50s, 60s);
  EXPECT_EQ(rig_.state(), "conn_waiting");
  EXPECT_EQ(rig_.server.count(command::Count::idle_kick), 0U);
}

// ---- stopping ----

TEST_F(ConnectionTest, StoppedItAnswersWhatHasArrived) {
  rig_.start();
  rig_.arrives("mn\r\n");
  rig_.peer.send("mn\r\nge");  // the worker stops in the same moment
  rig_.stop();
  EXPECT_EQ(rig_.peer.received(), "MN\r\nMN\r\n");
  rig_.expect_gone();
}

TEST_F(ConnectionTest, StoppedWhileParkedItGoes) {
  rig_.start();
  rig_.arrives("mn\r\n");
  rig_.pass(2s);
  rig_.stop();
  rig_.expect_gone();
}

TEST_F(ConnectionTest, StoppedItSendsWhatItOwes) {
  rig_.start();
  rig_.arrives(store_large());
  rig_.peer.read_up_to(10);
  rig_.arrives("get large\r\n");
  rig_.stop();
  EXPECT_EQ(rig_.state(), "conn_mwrite");
  rig_.peer.read_up_to(100'000);
  rig_.turn();
  EXPECT_TRUE(rig_.peer.received() == "STORED\r\n" + found_large());
  rig_.expect_gone();
}

TEST_F(ConnectionTest, ClosedUnderItsFeetItGoesAtOnce) {
  rig_.start();
  rig_.arrives(store_large());
  rig_.peer.read_up_to(10);
  rig_.arrives("get large\r\n");
  rig_.stop();
  rig_.table.close_all();
  rig_.turn();
  rig_.expect_gone();
}

TEST_F(ConnectionTest, StoppedInTheMiddleOfAValueItGoes) {
  rig_.start();
  rig_.arrives(store_large().substr(0, 30'000));
  rig_.stop();
  rig_.expect_gone();
  EXPECT_EQ(rig_.server.store.stats().items, 0U);
}

}  // namespace
}  // namespace cocached::net
